// ECMAScript's RegExp, with and without `u`.
import { readFileSync } from "node:fs";

const lines = readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => line.split(" "));
const read = (kind) =>
  lines.filter(([own]) => own === kind).map(([, hex]) => Buffer.from(hex ?? "", "hex").toString("utf8"));
for (const pattern of read("p")) {
  const [plain, unicode] = ["", "u"].map((flags) => new RegExp(pattern, flags));
  console.log(read("t").map((text) => {
    if (plain.test(text) !== unicode.test(text)) throw new Error(`${pattern}: ${text}`);
    return plain.test(text) ? "1" : "0";
  }).join(""));
}
