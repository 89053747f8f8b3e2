/** The other end of a node's socket: the same door as in process, for faces that attach to a running node. cli.md "The socket". */
import { connect, type Socket } from "node:net";
import type { StoredKey } from "../core/index.ts";
import {
  type Accepted,
  type Api,
  ApiError,
  type ArchivePage,
  type Connected,
  type Contact,
  type Created,
  type Diagnosis,
  type Done,
  type DroppedFile,
  type Entry,
  type FilesKeeping,
  type Found,
  type GotFile,
  type Identity,
  type Imported,
  type Invited,
  type Keeping,
  type MailboxesView,
  type NamedChannel,
  type NamedEvent,
  type NamedInvite,
  type NamedMember,
  type NamedPeer,
  type NamedRoute,
  type NamedWay,
  type Nick,
  type OwnMailboxView,
  type QuietView,
  type RequestView,
  type RoleGiven,
  type Sent,
  type SentFile,
  type SharedFile,
  type Status,
  type Subscribe,
  type Topic,
  type Verification,
} from "./api.ts";
import { homeOf } from "./home.ts";
import { apiErrorOf, LineCutter, type RpcError } from "./rpc-message.ts";

/** The parameters of a command. */
type Params<Method extends keyof Api> = Parameters<Api[Method]>[0];

interface Pending {
  resolve(result: unknown): void;
  reject(error: ApiError): void;
}

/**
 * Attaches to the node that runs on a home.
 * @param home - as {@link homeOf}
 * @throws ApiError `no-daemon` when none runs there, `home-unreadable` when it may not be asked
 */
export async function connectToNode({ home }: { home?: string | undefined } = {}): Promise<RemoteNode> {
  const { dir, socket: path } = homeOf(home);
  const socket = connect(path);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("connect", resolve);
  socket.once("error", reject);
  try {
    await promise;
  } catch (error) {
    throw noDaemon(dir, error);
  }
  socket.off("error", reject);
  return new RemoteNode(socket);
}

function noDaemon(dir: string, error: unknown): ApiError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  if (code === "EACCES" || code === "EPERM")
    return new ApiError("home-unreadable", `the node on ${dir} belongs to somebody else: you may not use it (${code})`, code);
  return new ApiError("no-daemon", `no node runs on ${dir}: start one with "ptpchat start", or name its directory with --home`, code);
}

export class RemoteNode implements Api {
  readonly #socket: Socket;
  readonly #lines = new LineCutter();
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Set<(event: NamedEvent) => void>();
  readonly #ended = Promise.withResolvers<void>();
  #nextId = 1;
  #open = true;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => this.#read(text));
    socket.on("error", () => socket.destroy());
    socket.once("close", () => this.#end());
  }

  /** Resolves when the node has ended, or let go of this client. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Lets go of the node, which runs on. */
  async close(): Promise<void> {
    this.#socket.end();
    this.#socket.destroySoon();
    await this.ended;
  }

  readonly subscribe: Subscribe = (listener) => {
    const own = (event: NamedEvent) => listener(event);
    if (this.#listeners.size === 0) this.#tell("subscribe");
    this.#listeners.add(own);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#tell("unsubscribe");
    };
  };

  status(): Promise<Status> {
    return this.#call("status", {});
  }

  id(): Promise<Identity> {
    return this.#call("id", {});
  }

  peers(): Promise<NamedPeer[]> {
    return this.#call("peers", {});
  }

  routes(): Promise<NamedRoute[]> {
    return this.#call("routes", {});
  }

  ways(): Promise<NamedWay[]> {
    return this.#call("ways", {});
  }

  channels(): Promise<NamedChannel[]> {
    return this.#call("channels", {});
  }

  members(request: Params<"members">): Promise<NamedMember[]> {
    return this.#call("members", request);
  }

  join(request: Params<"join">): Promise<{ channelId: string; name: string }> {
    return this.#call("join", request);
  }

  leave(request: Params<"leave">): Promise<{ channelId: string }> {
    return this.#call("leave", request);
  }

  send(request: Params<"send">): Promise<Sent> {
    return this.#call("send", request);
  }

  edit(request: Params<"edit">): Promise<Done> {
    return this.#call("edit", request);
  }

  delete(request: Params<"delete">): Promise<Done> {
    return this.#call("delete", request);
  }

  react(request: Params<"react">): Promise<Done> {
    return this.#call("react", request);
  }

  nick(request: Params<"nick">): Promise<Nick> {
    return this.#call("nick", request);
  }

  topic(request: Params<"topic">): Promise<Topic> {
    return this.#call("topic", request);
  }

  history(request: Params<"history">): Promise<Entry[]> {
    return this.#call("history", request);
  }

  connect(request: Params<"connect">): Promise<Connected> {
    return this.#call("connect", request);
  }

  getcertificate(request: Params<"getcertificate">): Promise<{ peer: string; certificate: string }> {
    return this.#call("getcertificate", request);
  }

  getkey(request: Params<"getkey">): Promise<{ acked: boolean; keys: StoredKey[] }> {
    return this.#call("getkey", request);
  }

  key(request: Params<"key">): Promise<{ acked: boolean }> {
    return this.#call("key", request);
  }

  contacts(): Promise<Contact[]> {
    return this.#call("contacts", {});
  }

  addContact(request: Params<"addContact">): Promise<Contact> {
    return this.#call("addContact", request);
  }

  removeContact(request: Params<"removeContact">): Promise<Contact> {
    return this.#call("removeContact", request);
  }

  setContactPolicy(request: Params<"setContactPolicy">): Promise<Contact> {
    return this.#call("setContactPolicy", request);
  }

  newCode(): Promise<{ code: string }> {
    return this.#call("newCode", {});
  }

  meetContact(request: Params<"meetContact">): Promise<Contact> {
    return this.#call("meetContact", request);
  }

  verify(request: Params<"verify">): Promise<Verification> {
    return this.#call("verify", request);
  }

  keep(request: Params<"keep">): Promise<Keeping> {
    return this.#call("keep", request);
  }

  search(request: Params<"search">): Promise<Found[]> {
    return this.#call("search", request);
  }

  archive(request: Params<"archive">): Promise<ArchivePage> {
    return this.#call("archive", request);
  }

  importMessages(request: Params<"importMessages">): Promise<Imported> {
    return this.#call("importMessages", request);
  }

  sendFile(request: Params<"sendFile">): Promise<SentFile> {
    return this.#call("sendFile", request);
  }

  getFile(request: Params<"getFile">): Promise<GotFile> {
    return this.#call("getFile", request);
  }

  files(request: Params<"files">): Promise<SharedFile[]> {
    return this.#call("files", request);
  }

  dropFile(request: Params<"dropFile">): Promise<DroppedFile> {
    return this.#call("dropFile", request);
  }

  keepFiles(request: Params<"keepFiles">): Promise<FilesKeeping> {
    return this.#call("keepFiles", request);
  }

  create(request: Params<"create">): Promise<Created> {
    return this.#call("create", request);
  }

  grant(request: Params<"grant">): Promise<RoleGiven> {
    return this.#call("grant", request);
  }

  revoke(request: Params<"revoke">): Promise<RoleGiven> {
    return this.#call("revoke", request);
  }

  kick(request: Params<"kick">): Promise<RoleGiven> {
    return this.#call("kick", request);
  }

  ban(request: Params<"ban">): Promise<RoleGiven> {
    return this.#call("ban", request);
  }

  unban(request: Params<"unban">): Promise<RoleGiven> {
    return this.#call("unban", request);
  }

  invite(request: Params<"invite">): Promise<Invited> {
    return this.#call("invite", request);
  }

  invites(request: Params<"invites">): Promise<NamedInvite[]> {
    return this.#call("invites", request);
  }

  revokeInvite(request: Params<"revokeInvite">): Promise<NamedInvite> {
    return this.#call("revokeInvite", request);
  }

  redeem(request: Params<"redeem">): Promise<Accepted> {
    return this.#call("redeem", request);
  }

  mute(request: Params<"mute">): Promise<QuietView> {
    return this.#call("mute", request);
  }

  unmute(request: Params<"unmute">): Promise<QuietView> {
    return this.#call("unmute", request);
  }

  block(request: Params<"block">): Promise<QuietView> {
    return this.#call("block", request);
  }

  unblock(request: Params<"unblock">): Promise<QuietView> {
    return this.#call("unblock", request);
  }

  mailboxes(): Promise<MailboxesView> {
    return this.#call("mailboxes", {});
  }

  useMailbox(request: Params<"useMailbox">): Promise<OwnMailboxView> {
    return this.#call("useMailbox", request);
  }

  requests(): Promise<RequestView[]> {
    return this.#call("requests", {});
  }

  accept(request: Params<"accept">): Promise<{ channelId: string; name: string }> {
    return this.#call("accept", request);
  }

  quiet(): Promise<QuietView[]> {
    return this.#call("quiet", {});
  }

  doctor(request: Params<"doctor">): Promise<Diagnosis> {
    return this.#call("doctor", request);
  }

  tap(request: Params<"tap">): Promise<{ on: boolean }> {
    return this.#call("tap", request);
  }

  stop(): Promise<Record<string, never>> {
    return this.#call("stop", {});
  }

  #call<Result>(method: keyof Api, params: object): Promise<Result> {
    if (!this.#open) return Promise.reject(gone());
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    this.#pending.set(id, { resolve: (result) => resolve(result as Result), reject }); // the node is of our own version or says otherwise
    this.#write({ jsonrpc: "2.0", id, method, params });
    return promise;
  }

  /** A notification: nothing comes back. */
  #tell(method: "subscribe" | "unsubscribe"): void {
    if (this.#open) this.#write({ jsonrpc: "2.0", method });
  }

  #write(message: object): void {
    this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  #read(text: string): void {
    const lines = this.#lines.take(text);
    if (lines === null) this.#socket.destroy();
    else for (const line of lines) this.#onLine(line);
  }

  #onLine(line: string): void {
    const message = JSON.parse(line) as { id?: number | null; result?: unknown; error?: RpcError; method?: string; params?: unknown };
    if (message.method === "event") {
      for (const listener of this.#listeners) listener(message.params as NamedEvent);
      return;
    }
    const pending = this.#pending.get(message.id ?? 0);
    this.#pending.delete(message.id ?? 0);
    if (message.error === undefined) pending?.resolve(message.result);
    else pending?.reject(apiErrorOf(message.error));
  }

  #end(): void {
    this.#open = false;
    for (const { reject } of this.#pending.values()) reject(gone());
    this.#pending.clear();
    this.#ended.resolve();
  }
}

function gone(): ApiError {
  return new ApiError("no-daemon", `the node has ended: start it again with "ptpchat start"`);
}
