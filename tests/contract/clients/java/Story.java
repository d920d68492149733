import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import usher.ApiClient;
import usher.ApiException;
import usher.api.ConnectionsApi;
import usher.api.UsersApi;
import usher.model.MembershipDraft;
import usher.model.Outcome;
import usher.model.PreviewRequest;
import usher.model.Role;
import usher.model.TeamRole;
import usher.model.User;
import usher.model.UserDraft;
import usher.model.UserPatch;
import usher.model.UserStatus;

/** A user from staging to deletion, told with the generated client. */
public final class Story {
    public static void main(String[] arguments) throws ApiException {
        var usher = new ApiClient();
        usher.updateBaseUri(System.getenv("USHER_URL"));
        usher.setRequestInterceptor(
                request -> request.header("Authorization", "Bearer " + System.getenv("USHER_API_KEY")));
        var users = new UsersApi(usher);
        var connections = new ConnectionsApi(usher);

        // Stage a user into a team that is not there yet.
        var staged = users.stageUserWithHttpInfo(
                new UserDraft()
                        .email("ada.lovelace@java.example")
                        .role(Role.USER)
                        .addTeamsItem(new MembershipDraft().name("Analysts of Java").role(TeamRole.USER))
                        .createMissingTeams(true),
                null);
        User ada = staged.getData();
        check("Ada".equals(ada.getFirstName()), "her first name comes from her address");
        check(ada.getStatus() == UserStatus.STAGED, "she is staged");
        check("Analysts of Java".equals(ada.getTeams().get(0).getTeamName()), "she is in the team");
        String firstTag = staged.getHeaders().get("etag").get(0);

        // Find her.
        var found = users.listUsers("email eq \"" + ada.getEmail() + "\"", null, null, null, null, null);
        check(found.getItems().equals(List.of(ada)), "the filter finds her alone");

        // Change her, if nobody else has.
        var changed = users.changeUser(ada.getId(), new UserPatch().position("Analyst"), firstTag);
        check("Analyst".equals(changed.getPosition()), "her position is changed");

        // Somebody who still holds the first version is told so.
        refused(412, () -> users.changeUser(ada.getId(), new UserPatch().position("Countess"), firstTag));

        // There is one user for each e-mail address.
        refused(409, () -> users.stageUser(new UserDraft().email(ada.getEmail()), null));

        // List a few, page by page.
        var staff = new HashSet<UUID>(List.of(ada.getId()));
        for (var email : List.of("bea@java.example", "cyd@java.example")) {
            staff.add(users.stageUser(new UserDraft().email(email), null).getId());
        }
        var listed = new ArrayList<UUID>();
        String cursor = null;
        do {
            var page = users.listUsers("email ew \"@java.example\"", 2, cursor, null, null, null);
            page.getItems().forEach(user -> listed.add(user.getId()));
            cursor = page.getNextCursor();
        } while (cursor != null);
        check(listed.size() == 3 && staff.equals(new HashSet<>(listed)), "the pages show each of them once");

        // See what her first login would do.
        var connection = connections.listConnections(null, null, null, null).getItems().get(0);
        var plan = connections.previewLogin(
                connection.getId(),
                new PreviewRequest().nameId(ada.getEmail()).attributes(Map.of("department", List.of("Engines"))))
                .getPlan();
        check(plan.getOutcome() == Outcome.CLAIM, "her first login claims what was staged");
        check(ada.getId().equals(plan.getUserId()), "and it is her");

        // Disable her.
        var disabled = users.changeUser(ada.getId(), new UserPatch().status(UserStatus.DISABLED), null);
        check(disabled.getStatus() == UserStatus.DISABLED, "she is disabled");

        // Delete them all.
        for (var id : staff) {
            users.deleteUser(id, null, null);
        }
        refused(404, () -> users.getUser(ada.getId(), null));
    }

    private interface Call {
        void make() throws ApiException;
    }

    private static void refused(int status, Call call) throws ApiException {
        try {
            call.make();
        } catch (ApiException refusal) {
            check(refusal.getCode() == status, "refused with " + status + ": " + refusal.getMessage());
            return;
        }
        throw new AssertionError("not refused with " + status);
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
