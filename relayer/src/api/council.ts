import type { z } from "zod";
import type { OpeningRequest } from "../trustee/opener.ts";
import { HttpError } from "./httpError.ts";
import type { Route } from "./routes.ts";
import * as schemas from "./schemas.ts";
import { seatView } from "./views.ts";

/** What another member of our council asks for: our part of opening one lock. Which grounds there are this node reads itself. */
export const councilRoute: Route = {
  path: "/v1/council/partials/{kind}/{domain}/{lockNullifier}",
  summary: "This member's partial decryption of a lock's opening, for the other members of its council",
  access: ["read"],
  keyed: true,
  parameters: [
    { name: "kind", schema: schemas.openingKind },
    { name: "domain", schema: schemas.domain },
    { name: "lockNullifier", schema: schemas.lockNullifier },
  ],
  query: schemas.partialQuery,
  answers: {
    200: { description: "the partial decryption", schema: "PartialDecryption" },
    409: { description: "it is not due, or not known to be; the message says why", schema: "Error" },
  },
  async handle({ seat }, { path, query }) {
    if (seat === undefined)
      throw new HttpError(404, "no_seat", "This relayer has no seat in a council.", "Ask a member's relayer.");
    const answer = await seat.partial(requestOf(path, query as z.output<typeof schemas.partialQuery>));
    if ("reason" in answer)
      throw new HttpError(
        409,
        "not_due",
        `This member keeps its part: ${answer.reason}.`,
        "It decides anew at each request: ask again when that has changed.",
      );
    return { status: 200, json: answer.partial };
  },
};

/** The seat, for its operator. */
export const seatRoute: Route = {
  path: "/v1/council",
  summary: "This relayer's seat in a council, and what the other members answered last",
  access: "read",
  answers: { 200: { description: "the seat, or null", schema: "Council" } },
  handle: async ({ seat }) => ({ status: 200, json: { seat: seat === undefined ? null : seatView(seat.view()) } }),
};

function requestOf(
  { kind, domain, lockNullifier }: Record<string, string>,
  { startBlock }: z.output<typeof schemas.partialQuery>,
): OpeningRequest {
  const lock = { domain: BigInt(domain!), lockNullifier: BigInt(lockNullifier!) };
  if (kind === "settle" && startBlock === undefined) return { kind, ...lock };
  if (kind === "valuation" && startBlock !== undefined) return { kind, ...lock, startBlock };
  throw new HttpError(
    400,
    "bad_parameter",
    "startBlock: the block in which the auction began goes with a valuation, and only with one",
    "See /openapi.json for the parameters.",
  );
}
