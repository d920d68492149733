import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import usher.ApiClient;
import usher.ApiException;
import usher.api.ConnectionsApi.APIListConnectionsRequest;
import usher.api.ConnectionsApi;
import usher.api.PreviewsApi.APIPreviewLoginRequest;
import usher.api.PreviewsApi;
import usher.api.UsersApi.APICreateUserRequest;
import usher.api.UsersApi.APIDeleteUserRequest;
import usher.api.UsersApi.APIGetUserRequest;
import usher.api.UsersApi.APIListUsersRequest;
import usher.api.UsersApi.APIUpdateUserRequest;
import usher.api.UsersApi;
import usher.model.AccountRole;
import usher.model.PlanDecision;
import usher.model.PreviewAssertion;
import usher.model.PreviewRequest;
import usher.model.TeamRole;
import usher.model.User;
import usher.model.UserChanges;
import usher.model.UserDraft;
import usher.model.UserStatus;
import usher.model.UserTeamDraft;

/** A user from staging to deletion, told with the generated client. */
public final class Story {
    public static void main(String[] arguments) throws ApiException {
        var usher = new ApiClient();
        usher.updateBaseUri(System.getenv("USHER_URL"));
        usher.setRequestInterceptor(
                request -> request.header("Authorization", "Bearer " + System.getenv("USHER_API_KEY")));
        var users = new UsersApi(usher);
        var connections = new ConnectionsApi(usher);
        var previews = new PreviewsApi(usher);

        // Stage a user into a team that is not there yet.
        var draft = new UserDraft()
                .email("ada.lovelace@java.example")
                .role(AccountRole.USER)
                .addTeamsItem(new UserTeamDraft().name("Analysts of Java").role(TeamRole.USER))
                .createMissingTeams(true);
        var staged = users.createUserWithHttpInfo(APICreateUserRequest.newBuilder().userDraft(draft).build());
        User ada = staged.getData();
        check("Ada".equals(ada.getFirstName()), "her first name comes from her address");
        check(ada.getStatus() == UserStatus.STAGED, "she is staged");
        check("Analysts of Java".equals(ada.getTeams().get(0).getName()), "she is in the team");
        String firstTag = staged.getHeaders().get("etag").get(0);

        // Find her.
        var found = users.listUsers(
                APIListUsersRequest.newBuilder().filter("email eq \"" + ada.getEmail() + "\"").build());
        check(found.getItems().size() == 1
                && found.getItems().get(0).getId().equals(ada.getId()), "the filter finds her alone");

        // Change her, if nobody else has.
        var change = APIUpdateUserRequest.newBuilder().userId(ada.getId()).ifMatch(firstTag);
        var changed = users.updateUser(change.userChanges(new UserChanges().position("Analyst")).build());
        check("Analyst".equals(changed.getPosition()), "her position is changed");
        check(changed.getTeams().size() == 1, "she is still in the team");

        // A request with a stale ETag is rejected with 412.
        var late = change.userChanges(new UserChanges().position("Countess")).build();
        rejected(412, () -> users.updateUser(late));

        // There is one user for each e-mail address.
        rejected(409, () -> users.createUser(staging(ada.getEmail())));

        // List a few, page by page.
        var staff = new HashSet<UUID>(List.of(ada.getId()));
        for (var email : List.of("bea@java.example", "cyd@java.example")) {
            staff.add(users.createUser(staging(email)).getId());
        }
        var listed = new ArrayList<UUID>();
        var list = APIListUsersRequest.newBuilder().filter("email ew \"@java.example\"").count(2);
        String cursor = null;
        do {
            var page = users.listUsers(list.cursor(cursor).build());
            page.getItems().forEach(user -> listed.add(user.getId()));
            cursor = page.getNextCursor();
        } while (cursor != null);
        check(listed.size() == 3 && staff.equals(new HashSet<>(listed)), "the pages show each of them once");

        // See what her first login would do.
        var connection = connections.listConnections(APIListConnectionsRequest.newBuilder().build()).getItems().get(0);
        var login = new PreviewRequest().assertion(new PreviewAssertion()
                .nameId(ada.getEmail())
                .attributes(Map.of("department", List.of("Engines"))));
        var plan = previews.previewLogin(
                APIPreviewLoginRequest.newBuilder().connectionId(connection.getId()).previewRequest(login).build())
                .getPlan();
        check(plan.getDecision() == PlanDecision.CLAIM, "her first login claims what was staged");
        check(ada.getId().equals(plan.getUser().getId()), "and it is her");

        // Disable her.
        var disabled = users.updateUser(APIUpdateUserRequest.newBuilder()
                .userId(ada.getId())
                .userChanges(new UserChanges().disabled(true))
                .build());
        check(disabled.getStatus() == UserStatus.DISABLED, "she is disabled");

        // Delete them all.
        for (var id : staff) {
            users.deleteUser(APIDeleteUserRequest.newBuilder().userId(id).build());
        }
        rejected(404, () -> users.getUser(APIGetUserRequest.newBuilder().userId(ada.getId()).build()));
    }

    private static APICreateUserRequest staging(String email) {
        return APICreateUserRequest.newBuilder().userDraft(new UserDraft().email(email)).build();
    }

    private interface Call {
        void make() throws ApiException;
    }

    private static void rejected(int status, Call call) throws ApiException {
        try {
            call.make();
        } catch (ApiException rejection) {
            check(rejection.getCode() == status, "rejected with " + status + ": " + rejection.getMessage());
            return;
        }
        throw new AssertionError("not rejected with " + status);
    }

    private static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
