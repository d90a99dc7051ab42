import { alwaysHeld, type Cluster, type Lease } from "./cluster.ts";

/** An account that a role sends from. */
export type RoleAccount = { role: string; address: string };

/** Who leads what in this process: a lease by role, and by account in lower case. */
export type RoleLeases = { ofRole: (role: string) => Lease; ofAccount: (address: string) => Lease };

/**
 * Roles that are led together: those that share an account, because an account's nonces have one owner. Each group with the names of what it
 * needs: its roles and its accounts.
 */
export function groupRoles(roles: string[], accounts: RoleAccount[]): { roles: string[]; names: string[] }[] {
  const addressesOf = (role: string) =>
    accounts.filter((entry) => entry.role === role).map(({ address }) => address.toLowerCase());
  const groups: { roles: string[]; addresses: Set<string> }[] = [];
  for (const role of [...new Set(roles)]) {
    const addresses = addressesOf(role);
    const joined = groups.filter((group) => addresses.some((address) => group.addresses.has(address)));
    for (const group of joined) groups.splice(groups.indexOf(group), 1);
    groups.push({
      roles: [...joined.flatMap((group) => group.roles), role],
      addresses: new Set([...joined.flatMap((group) => [...group.addresses]), ...addresses]),
    });
  }
  return groups.map(({ roles: members, addresses }) => ({
    roles: members,
    names: [...members.map((role) => `role:${role}`), ...[...addresses].map((address) => `account:${address}`)],
  }));
}

/** Asks the cluster for every role of this process. A role or an account is led by one process of a store at a time. */
export function createRoleLeases(cluster: Cluster, roles: string[], accounts: RoleAccount[]): RoleLeases {
  const byName = new Map<string, Lease>();
  for (const group of groupRoles(roles, accounts)) {
    const lease = cluster.lease(group.roles.join(", "), group.names);
    for (const name of group.names) byName.set(name, lease);
  }
  const never: Lease = {
    held: () => false,
    fence: () => Promise.reject(new Error("a lease that nobody asked for")),
  };
  return {
    ofRole: (role) => byName.get(`role:${role}`) ?? never,
    // An account that no role has any more: on a shared store another process may have it, so it is left alone.
    ofAccount: (address) => byName.get(`account:${address.toLowerCase()}`) ?? (cluster.shared ? never : alwaysHeld),
  };
}
