import { witnessRequest, type WitnessRequest } from "../prover/witnessWire.ts";
import type { ClientProof } from "../prover/requests.ts";
import { HttpError } from "./httpError.ts";
import type { Operator } from "./operator.ts";
import type { Reply, Route } from "./routes.ts";
import * as schemas from "./schemas.ts";
import { clientProofView } from "./views.ts";

/** Proofs for clients who trust this relayer with their witnesses. */
export const proofRequestRoutes: Route[] = [
  {
    path: "/v1/proofs",
    method: "POST",
    summary: "Ask for a proof of a witness of yours: this relayer sees what is in it",
    access: ["prove"],
    keyed: true,
    body: witnessRequest,
    largestBody: ({ proofDesk }) => proofDesk?.maxBodyBytes,
    answers: {
      202: { description: "it is queued, or was asked for before: then with what came of it", schema: "ClientProof" },
      422: { description: "the public values do not fit the circuit", schema: "Error" },
    },
    handle: async (operator, { body, caller }) => ({
      status: 202,
      json: clientProofView(await deskOf(operator).request(caller.name, body as WitnessRequest)),
    }),
  },
  {
    path: "/v1/proofs/{id}",
    summary: "A proof that was asked for with the same API key",
    access: ["prove"],
    keyed: true,
    parameters: [{ name: "id", schema: schemas.proofId }],
    answers: { 200: { description: "how far it is, and the proof once it is done", schema: "ClientProof" } },
    handle: async (operator, { path, caller }) => told(await deskOf(operator).find(caller.name, path.id!)),
  },
  {
    path: "/v1/proofs/{id}",
    method: "DELETE",
    summary: "Cancel a request: the work stops and the witness is erased",
    access: ["prove"],
    keyed: true,
    parameters: [{ name: "id", schema: schemas.proofId }],
    answers: { 200: { description: "as it is now; what was done stays done", schema: "ClientProof" } },
    handle: async (operator, { path, caller }) => told(await deskOf(operator).cancel(caller.name, path.id!)),
  },
];

function deskOf({ proofDesk }: Operator): NonNullable<Operator["proofDesk"]> {
  if (proofDesk !== undefined) return proofDesk;
  throw new HttpError(
    404,
    "no_proofs",
    "This relayer makes no proofs for others.",
    "Ask one with roles.prover.requests.",
  );
}

function told(proof: ClientProof | undefined): Reply {
  if (proof !== undefined) return { status: 200, json: clientProofView(proof) };
  throw new HttpError(
    404,
    "proof_unknown",
    "There is no request with this id and this API key.",
    "It may have expired; ask again (POST /v1/proofs).",
  );
}
