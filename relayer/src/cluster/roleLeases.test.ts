import { expect, test } from "vitest";
import { createLoneCluster } from "./cluster.ts";
import { createRoleLeases, groupRoles } from "./roleLeases.ts";

const account = (role: string, address: string) => ({ role, address });

test("groupRoles: default: roles are led together when they share an account, through others too", () => {
  const accounts = [account("a", "0xAA"), account("b", "0xbb"), account("c", "0xaa"), account("c", "0xBB")];
  expect(groupRoles(["a", "b", "c", "d", "a"], accounts)).toEqual([
    { roles: ["a", "b", "c"], names: ["role:a", "role:b", "role:c", "account:0xaa", "account:0xbb"] },
    { roles: ["d"], names: ["role:d"] },
  ]);
});

test("createRoleLeases: behavior: alone on its store a process leads everything, accounts of former roles too", () => {
  const leases = createRoleLeases(createLoneCluster(), ["a"], [account("a", "0xAA")]);
  expect(leases.ofRole("a").held()).toBe(true);
  expect(leases.ofRole("b").held()).toBe(false);
  expect(leases.ofAccount("0xaa").held()).toBe(true);
  expect(leases.ofAccount("0xcc").held()).toBe(true);
});
