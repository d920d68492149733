// scimmy-routers over records in memory, written as its documentation shows:
// the handlers keep the records, the library does the rest. Takes a port of
// 127.0.0.1. Started in the folder with its packages.
import { randomUUID } from "node:crypto";
import express from "express";
import SCIMMY from "scimmy";
import SCIMMYRouters from "scimmy-routers";

function declare(type, nameOf) {
  const records = new Map();
  const ids = new Map();
  SCIMMY.Resources.declare(type)
    .ingress((resource, instance) => {
      const known = resource.id === undefined ? undefined : records.get(resource.id);
      if (resource.id !== undefined && !known) throw new SCIMMY.Types.Error(404, null, "no such resource");
      const name = nameOf(instance).toLowerCase();
      const id = resource.id ?? randomUUID();
      if ((ids.get(name) ?? id) !== id) throw new SCIMMY.Types.Error(409, "uniqueness", "the name is taken");
      if (known) ids.delete(nameOf(known).toLowerCase());
      ids.set(name, id);
      const now = new Date();
      const record = {
        ...JSON.parse(JSON.stringify(instance)),
        id,
        meta: { created: known?.meta.created ?? now, lastModified: now },
      };
      records.set(id, record);
      return record;
    })
    .egress((resource) => {
      if (resource.id !== undefined) {
        const record = records.get(resource.id);
        if (!record) throw new SCIMMY.Types.Error(404, null, "no such resource");
        return record;
      }
      const all = [...records.values()];
      return resource.filter ? resource.filter.match(all) : all;
    })
    .degress((resource) => {
      const record = records.get(resource.id);
      if (!record) throw new SCIMMY.Types.Error(404, null, "no such resource");
      ids.delete(nameOf(record).toLowerCase());
      records.delete(resource.id);
    });
}

declare(SCIMMY.Resources.User, (user) => user.userName);
declare(SCIMMY.Resources.Group, (group) => group.displayName);

const app = express();
// Otherwise a group of many members is rejected.
app.use(express.json({ type: ["application/scim+json", "application/json"], limit: "1gb" }));
app.use(
  "/v2",
  new SCIMMYRouters({
    type: "bearer",
    handler: (request) => {
      if (request.header("Authorization") !== "Bearer bench") throw new Error("no token");
      return "bench";
    },
  }),
);
app.listen(Number(process.argv[2]), "127.0.0.1");
