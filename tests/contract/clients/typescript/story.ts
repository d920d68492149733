// A user from staging to deletion, told with the generated client.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./usher.js";

type User = components["schemas"]["User"];

const usher = createClient<paths>({
  baseUrl: process.env["USHER_URL"] ?? "http://localhost:8080",
  headers: { Authorization: `Bearer ${process.env["USHER_API_KEY"]}` },
});

// Stage a user into a team that is not there yet.
const staged = await usher.POST("/api/v1/users", {
  body: {
    email: "ada.lovelace@typescript.example",
    role: "USER",
    teams: [{ name: "Analysts of TypeScript", role: "USER" }],
    createMissingTeams: true,
  },
});
assert(staged.data, "the user is staged");
const ada = staged.data;
assert.equal(ada.firstName, "Ada");
assert.equal(ada.status, "STAGED");
assert.equal(ada.teams?.[0]?.name, "Analysts of TypeScript");
const firstTag = staged.response.headers.get("ETag") ?? "";

// Find her.
const found = await usher.GET("/api/v1/users", {
  params: { query: { filter: `email eq "${ada.email}"` } },
});
assert.deepEqual(found.data?.items.map((user) => user.id), [ada.id]);

// Change her, if nobody else has.
const changed = await usher.PATCH("/api/v1/users/{userId}", {
  params: { path: { userId: ada.id }, header: { "If-Match": firstTag } },
  body: { position: "Analyst", department: null },
});
assert.equal(changed.data?.position, "Analyst");

// A request with a stale ETag is rejected with 412.
const late = await usher.PATCH("/api/v1/users/{userId}", {
  params: { path: { userId: ada.id }, header: { "If-Match": firstTag } },
  body: { position: "Countess" },
});
assert.equal(late.error?.status, 412);

// There is one user for each e-mail address.
const again = await usher.POST("/api/v1/users", { body: { email: ada.email } });
assert.equal(again.error?.status, 409);

// List a few, page by page.
const users: User[] = [ada];
for (const email of ["bea@typescript.example", "cyd@typescript.example"]) {
  const { data } = await usher.POST("/api/v1/users", { body: { email } });
  assert(data);
  users.push(data);
}
const listed: User[] = [];
let cursor: string | null | undefined;
do {
  const { data, error } = await usher.GET("/api/v1/users", {
    params: { query: { filter: 'email ew "@typescript.example"', count: 2, ...(cursor && { cursor }) } },
  });
  assert(data, error?.detail);
  listed.push(...data.items);
  cursor = data.nextCursor;
} while (cursor);
assert.deepEqual(listed.map((user) => user.id).sort(), users.map((user) => user.id).sort());

// See what her first login would do.
const connections = await usher.GET("/api/v1/connections");
const connection = connections.data?.items[0];
assert(connection, "there is a connection");
const preview = await usher.POST("/api/v1/connections/{connectionId}/preview", {
  params: { path: { connectionId: connection.id } },
  body: { assertion: { nameId: ada.email, attributes: { department: ["Engines"] } } },
});
assert.equal(preview.data?.plan?.decision, "CLAIM");
assert.equal(preview.data.plan.user?.id, ada.id);

// Disable her.
const disabled = await usher.PATCH("/api/v1/users/{userId}", {
  params: { path: { userId: ada.id } },
  body: { disabled: true },
});
assert.equal(disabled.data?.status, "DISABLED");

// Delete them all.
for (const { id } of users) {
  const { response } = await usher.DELETE("/api/v1/users/{userId}", { params: { path: { userId: id } } });
  assert.equal(response.status, 204);
}
const gone = await usher.GET("/api/v1/users/{userId}", { params: { path: { userId: ada.id } } });
assert.equal(gone.error?.status, 404);
