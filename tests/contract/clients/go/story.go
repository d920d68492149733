// A user from staging to deletion, told with the generated client.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"story/usher"
)

func main() {
	settings := usher.NewConfiguration()
	settings.Servers = usher.ServerConfigurations{{URL: os.Getenv("USHER_URL")}}
	settings.AddDefaultHeader("Authorization", "Bearer "+os.Getenv("USHER_API_KEY"))
	client := usher.NewAPIClient(settings)
	users, connections, previews := client.UsersAPI, client.ConnectionsAPI, client.PreviewsAPI
	ctx := context.Background()

	// Stage a user into a team that is not there yet.
	team := usher.NewUserTeamDraft()
	team.SetName("Analysts of Go")
	team.SetRole(usher.TEAMROLE_USER)
	draft := usher.NewUserDraft("ada.lovelace@go.example")
	draft.SetRole(usher.ACCOUNTROLE_USER)
	draft.SetTeams([]usher.UserTeamDraft{*team})
	draft.SetCreateMissingTeams(true)
	ada, response, err := users.CreateUser(ctx).UserDraft(*draft).Execute()
	must(err)
	check(ada.FirstName == "Ada", "her first name comes from her address")
	check(ada.Status == usher.USERSTATUS_STAGED, "she is staged")
	check(ada.Teams[0].Name == "Analysts of Go", "she is in the team")
	firstTag := response.Header.Get("ETag")

	// Find her.
	found, _, err := users.ListUsers(ctx).Filter(`email eq "` + ada.Email + `"`).Execute()
	must(err)
	check(len(found.Items) == 1 && found.Items[0].Id == ada.Id, "the filter finds her alone")

	// Change her, if nobody else has.
	change := usher.NewUserChanges()
	change.SetPosition("Analyst")
	change.SetDepartmentNil()
	changed, _, err := users.UpdateUser(ctx, ada.Id).IfMatch(firstTag).UserChanges(*change).Execute()
	must(err)
	check(changed.GetPosition() == "Analyst", "her position is changed")

	// A request with a stale ETag is rejected with 412.
	change.SetPosition("Countess")
	_, response, err = users.UpdateUser(ctx, ada.Id).IfMatch(firstTag).UserChanges(*change).Execute()
	rejected(http.StatusPreconditionFailed, response, err)

	// There is one user for each e-mail address.
	_, response, err = users.CreateUser(ctx).UserDraft(*usher.NewUserDraft(ada.Email)).Execute()
	rejected(http.StatusConflict, response, err)

	// List a few, page by page.
	staff := map[string]bool{ada.Id: false}
	for _, email := range []string{"bea@go.example", "cyd@go.example"} {
		user, _, err := users.CreateUser(ctx).UserDraft(*usher.NewUserDraft(email)).Execute()
		must(err)
		staff[user.Id] = false
	}
	list := users.ListUsers(ctx).Filter(`email ew "@go.example"`).Count(2)
	for more := true; more; {
		page, _, err := list.Execute()
		must(err)
		for _, user := range page.Items {
			met, known := staff[user.Id]
			check(known && !met, "the pages show each of them once")
			staff[user.Id] = true
		}
		list = list.Cursor(page.GetNextCursor())
		more = page.GetNextCursor() != ""
	}

	// See what her first login would do.
	all, _, err := connections.ListConnections(ctx).Execute()
	must(err)
	attributes := map[string][]string{"department": {"Engines"}}
	login := usher.NewPreviewRequest()
	assertion := usher.NewPreviewAssertion()
	assertion.SetAttributes(attributes)
	assertion.SetNameId(ada.Email)
	login.SetAssertion(*assertion)
	preview, _, err := previews.PreviewLogin(ctx, all.Items[0].Id).PreviewRequest(*login).Execute()
	must(err)
	check(preview.Plan.Get().Decision == usher.PLANDECISION_CLAIM, "her first login claims what was staged")
	check(preview.Plan.Get().GetUser().Id == ada.Id, "and it is her")

	// Disable her.
	change = usher.NewUserChanges()
	change.SetDisabled(true)
	disabled, _, err := users.UpdateUser(ctx, ada.Id).UserChanges(*change).Execute()
	must(err)
	check(disabled.Status == usher.USERSTATUS_DISABLED, "she is disabled")

	// Delete them all.
	for id, met := range staff {
		check(met, "the pages show all of them")
		_, err := users.DeleteUser(ctx, id).Execute()
		must(err)
	}
	_, response, err = users.GetUser(ctx, ada.Id).Execute()
	rejected(http.StatusNotFound, response, err)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func rejected(status int, response *http.Response, err error) {
	check(err != nil && response != nil && response.StatusCode == status, http.StatusText(status)+" was to come")
}

func check(holds bool, what string) {
	if !holds {
		log.Fatalf("it is not so that %s", what)
	}
}
