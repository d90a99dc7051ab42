import { randomBytes } from "node:crypto";

import type { MadeSeat } from "./councilRun.ts";
import { freePorts } from "./freePorts.ts";
import type { RelayerOptions } from "./relayer.ts";

/** The parts of a relayer's configuration that give it a seat. */
export type SeatOptions = Pick<RelayerOptions, "roles" | "env" | "http">;

export type Seats = {
  /** Where the members' interfaces listen, in the seats' order. */
  ports: readonly number[];
  /** The API key that opens a member's interface. */
  apiKey: (member: number) => string;
  /** @param gas reference of the key that pays for its settlements */
  of: (member: number, gas: string) => SeatOptions;
};

/** The port at which one member finds another, whose own is `port`. */
export type Way = (from: number, to: number, port: number) => Promise<number>;

/**
 * Interfaces and API keys for relayers that are members of a council on this machine.
 *
 * @param way @default directly
 */
export async function prepareSeats(seats: readonly MadeSeat[], way: Way = async (_, __, port) => port): Promise<Seats> {
  const ports = await freePorts(seats.length);
  const keys = seats.map(() => randomBytes(24).toString("hex"));
  const portOf = (member: number) => ports[seats.findIndex(({ index }) => index === member)]!;
  const apiKey = (member: number) => keys[seats.findIndex(({ index }) => index === member)]!;
  const ways = new Map<string, number>();
  for (const { index: from } of seats)
    for (const { index: to } of seats) if (from !== to) ways.set(`${from}-${to}`, await way(from, to, portOf(to)));
  return {
    ports,
    apiKey,
    of(member, gas) {
      const own = seats.find(({ index }) => index === member)!;
      const others = seats.filter(({ index }) => index !== member);
      return {
        // To a member all others, and the tests, have this machine's one address.
        http: { port: portOf(member), apiKeys: ["env:API_KEY"], requestsPerMinute: 100_000 },
        roles: {
          trustee: {
            key: gas,
            council: {
              council: own.councilFile,
              share: `file:${own.shareFile}`,
              peers: others.map(({ index }) => ({
                index,
                url: `http://127.0.0.1:${ways.get(`${member}-${index}`)}`,
                apiKey: `env:PEER_${index}`,
              })),
            },
          },
        },
        env: {
          API_KEY: apiKey(member),
          ...Object.fromEntries(others.map(({ index }) => [`PEER_${index}`, apiKey(index)])),
        },
      };
    },
  };
}
