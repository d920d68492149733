const scim = new URLSearchParams(location.search).get("document") === "scim";

// Shows the contract. A key that is entered lives in this page alone, and is
// forgotten with it.
SwaggerUIBundle({
  url: scim ? "/openapi-scim.json" : "/openapi.json",
  dom_id: "#contract",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  // Nobody else is asked what they think of the contract.
  validatorUrl: null,
  withCredentials: true,
});
