/** The door of app, for faces and as SDK: a node in this process, or one that runs already. */

export type {
  ChannelView,
  ConnectFailure,
  ConnectStep,
  CountersView,
  DropReason,
  MemberView,
  PathKind,
  PeerView,
  PostState,
  RouteView,
  SessionRefusal,
  StoredKey,
} from "../core/index.ts";
export * from "./api.ts";
export type { LogEntry } from "./log.ts";
export { createNode, type NodeParts, RunningNode } from "./node.ts";
export type { NodeOptions } from "./options.ts";
export { connectToNode, type RemoteNode } from "./rpc-client.ts";
export { VERSION } from "./version.ts";
