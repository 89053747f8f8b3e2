/**
 * Bounds of one node, each with its reason. Those that peers can see are the protocol's (PROTOCOL.md §5 to §7);
 * the rest are ours and may change.
 */

// ---- the protocol's ----

/** A HELLO a second: inside the seed's 0.5 to 2 s. */
export const HELLO_MS = 1_000;
/** HELLO over a relay: the slow end of the seed's rhythm, since every one costs the relay two datagrams. */
export const RELAYED_HELLO_MS = 2_000;
/** A HELLO this soon after ours is its answer and earns none (ADR 0003); below HELLO_MS, above most round trips. */
export const HELLO_ANSWER_MS = 900;
/** Answers owed to one endpoint: covers three lost HELLOs of its, and no more for a forger. */
export const HELLO_BANK_MAX = 3;
/** Silence after which a path is gone: seven lost HELLOs of a slow peer. */
export const SILENCE_MS = 15_000;
/** The same for a peer that has shown a rhythm of 2 s or faster: three lost HELLOs of it. */
export const SILENCE_FAST_MS = 6_000;
export const FAST_GAP_MS = 2_000;
export const FAST_HELLOS = 5;

/** Copies of a message that wants an ACK go out this long after the first. */
export const COPIES_AT_MS = [0, 500, 1_500] as const;
/** A message without an ACK has failed. */
export const ACK_WITHIN_MS = 3_500;
/** The same bytes from the same endpoint within this time are a retransmission. */
export const DUPLICATE_MS = 4_000;

/** JOIN is repeated after these gaps until it is answered, then every REJOIN_MS. */
export const JOIN_GAPS_MS = [1_000, 2_000] as const;
export const REJOIN_MS = 60_000;
/** CHANNEL goes to the members this often. */
export const ANNOUNCE_MS = 60_000;
/** Who was announced within this counts as there: an announcement may be lost, and the next one comes then. */
export const ANNOUNCED_MS = 150_000;
/** A member that was silent for so long is taken off the list. */
export const MEMBER_KEPT_MS = 24 * 3_600_000;

export const ROUTING_MS = 10_000;
/** ROUTING "on change" at most this often. */
export const ROUTING_CHANGE_MS = 1_000;
/** What all ROUTINGs on change together may take: where many neighbours come at once, each would tell each of each. */
export const ROUTING_CHANGE_BYTES_PER_SECOND = 16_384;
/** A route is forgotten after three ROUTINGs that did not repeat it. */
export const ROUTE_KEPT_MS = 30_000;

export const RELAYS_PER_SECOND = 50;
/** What a node with a session may have us carry: a talk, a picture, no film. */
export const RELAYED_BYTES_PER_SECOND = 131_072;
export const RELAYED_BYTES_BURST = 1_048_576;
export const CONNECT_GAP_MS = 1_000;
/** S remembers what it forwarded for so long. */
export const INTRODUCTION_MS = 10_000;
/** A punch gives up after so long. */
export const PUNCH_MS = 5_000;
/** HELLO probes to an endpoint that has not been heard. */
export const PROBES_MAX = 3;
export const PROBE_GAP_MS = 500;
/** Punches that others made us begin, at a time. */
export const PUNCHES_ASKED_MAX = 4;
/** Below are services that were not made to be knocked at. */
export const CONNECT_PORT_MIN = 1_024;

/** What waits for byte credit is dropped after so long. */
export const CREDIT_WAIT_MS = 30_000;
/** Both allowances, each over all addresses. */
export const ALLOWANCE_BYTES_PER_SECOND = 16_384;
/** What the second helps to pass on to somebody unproven: a HELLO or a JOIN in a RELAY, a leg of CONNECT; no first message. */
export const PASSED_ON_BYTES_MAX = 256;
/** One seed-only peer's part of the first allowance. */
export const RHYTHM_BURST_BYTES = 8_192;
export const RHYTHM_BYTES_PER_SECOND = 1_024;
/** A HELLO rhythm counts after so long. */
export const RHYTHM_MS = 10_000;
/** A longer gap begins the rhythm anew: two lost HELLOs of a slow peer. */
export const RHYTHM_GAP_MS = 6_000;
export const RHYTHM_HELLOS = 5;
/** Kept back for one HELLO and one ACK, which are served first. */
export const CREDIT_RESERVE_BYTES = 40;
/** A cookie is good for one to two of these. */
export const COOKIE_MS = 60_000;
/** A cookie is given, and repeated, at most this often over one path. */
export const COOKIE_GAP_MS = 20_000;

/** The first message of a handshake is repeated after this, then after twice as long each time. */
export const HANDSHAKE_GAP_MS = 250;
export const HANDSHAKE_GAP_MS_MAX = 5_000;
/** The same where somebody is heard: it is there, so what is missing was lost. */
export const HANDSHAKE_GAP_HEARD_MS = 2_000;
/** Where both ends begin, the one that stays the initiator does not answer the other for so long. */
export const CROSSED_MS = 500;
/** A handshake is given up after so long. */
export const HANDSHAKE_MS = 30_000;
/**
 * A peer that did not answer is taken for one that knows only the seed. It is asked again after HANDSHAKE_RETRY_MS, since
 * three copies are easily lost, then after twice as long each time, up to HANDSHAKE_AGAIN_MS.
 */
export const HANDSHAKE_RETRY_MS = 2_000;
export const HANDSHAKE_AGAIN_MS = 300_000;
/** One that is known or likely to hold sessions, and went silent, is asked again after so long. */
export const HANDSHAKE_LOST_MS = 10_000;
/**
 * JOIN waits so long for the handshake, since it should travel inside the session. So long, too, lasts a handshake with a
 * peer that shows by an ACK that it may know only the seed.
 */
export const HANDSHAKE_FIRST_MS = 1_000;
/** So long lasts one with a peer that is there and acknowledges nothing: a network that loses half has lost three copies easily. */
export const HANDSHAKE_HEARD_MS = 4_000;
/** Cookies that one attempt repeats: a forger of them could make it send for ever. */
export const COOKIES_TAKEN_MAX = 3;
/** A link key is signed for so long, and signed anew in good time. */
export const LINK_KEPT_MS = 7 * 24 * 3_600_000;
export const LINK_RENEW_MS = 24 * 3_600_000;
/** Dates are checked with so much tolerance: a clock that is a day off must not keep anybody out. */
export const CLOCK_SLACK_MS = 2 * 24 * 3_600_000;
/** A difference of the clocks from here on is worth a warning. */
export const CLOCK_SKEW_MS = 60_000;
/** Other clocks that it takes to say that ours is wrong: of two that differ, either may be. */
export const CLOCK_PEERS_MIN = 2;
/** Keys are renewed after so much use by the end that began, a little later by the other, and refused after so long. */
export const REKEY_MS = 120_000;
export const REKEY_ANSWERER_MS = 130_000;
export const REJECT_MS = 180_000;
/** Frames under keys that were replaced so long ago are not on their way any more. */
export const EPOCH_KEPT_MS = 30_000;
/** A session without a sign of life is ended after so long; until then a path that comes back finds it. */
export const SESSION_KEPT_MS = 180_000;
/** HELLO inside a session: the slow end of the seed's rhythm, less the grain of the pulse. */
export const SESSION_HELLO_MS = 1_800;
/** Over a path of a session that went silent. */
export const SESSION_HELLO_LOST_MS = 5_000;
/** ROUTING inside a session: on change, and so often. It arrives there, so this only mends; with 32 neighbours in it, it is 3 KB. */
export const SESSION_ROUTING_MS = 300_000;
/** A challenge is repeated so often, this far apart, before its path counts as dead. */
export const CHALLENGES_MAX = 3;
export const CHALLENGE_GAP_MS = 250;
/** Addresses of one session that are being tried at a time; and while its ends approach each other, those of an offer too. */
export const CANDIDATE_PATHS_MAX = 4;
export const APPROACH_PATHS_MAX = 12;
/** Neighbours are asked where they see us so long before an approach goes on without their answer, and again after so long. */
export const APPROACH_LOOK_MS = 400;
export const SIGHTING_MS = 7_000;
export const SIGHTING_KEPT_MS = 60_000;
/** The other end of an approach answers within this, over a relay and reliably; where the asker falls silent, it waits so long. */
export const APPROACH_ASK_MS = 3_000;
/** Besides one and a half round trips. Places that were tried go on being challenged while ports are guessed. */
export const APPROACH_PLAIN_MS = 100;
/** A further socket is seen by two within this. */
export const APPROACH_SAMPLE_MS = 1_000;
/** While ports are guessed, what is sent at all is sent again after so long. */
export const KNOCK_GAP_MS = 200;
/** Guessing at a NAT that counts: the ports after the one that was seen, and the sockets of an end behind such a NAT. */
export const PREDICTED_PORTS = 24;
export const FAN_COUNTING = 16;
export const PREDICTION_MS = 1_500;
/** The birthday method: 256 sockets at one end and 1,024 guesses at the other meet in 98 of 100 cases. */
export const FAN_RANDOM = 256;
export const GUESSES_MAX = 1_024;
/** Guesses go out so many at a time, this far apart: 100 KB/s for less than half a second. */
export const GUESSES_AT_ONCE = 128;
export const GUESS_GAP_MS = 50;
export const BIRTHDAY_MS = 3_000;
/** After an approach that failed, the next one; then after twice as long each time. */
export const APPROACH_AGAIN_MS = 10_000;
export const APPROACH_AGAIN_MS_MAX = 900_000;
/** So often one node may have us take part, in a burst and on average: each time it makes us send to places of its choosing. */
export const APPROACH_ASKS_MAX = 6;
export const APPROACH_ASKS_PER_SECOND = 0.1;
/** Of two nodes the one with the smaller id begins; where it does not, the other one after so long. */
export const APPROACH_AWAITED_MS = 3_000;
/** An approach that found one of the ends guessing with others is tried again after so long, and up to twice that. */
export const APPROACH_BUSY_MS = 3_000;
/** What is heard of on the local network is dialled so often, burst and average, and from one address a part of it: see SECURITY.md. */
export const CANDIDATES_PER_MINUTE = 30;
export const CANDIDATES_PER_ADDRESS = 6;
/** One that a dial brought nothing of is dialled again after so long, then after twice as long each time. */
export const CANDIDATE_AGAIN_MS = 20_000;
export const CANDIDATE_AGAIN_MS_MAX = 3_600_000;
/** An answer on the same network takes milliseconds; in this time go four copies of the first message. */
export const CANDIDATE_MS = 2_000;
/** A TCP connection is tried once UDP has brought nothing for so long: three HELLOs, and four copies of a handshake's first message. */
export const TCP_AFTER_MS = 1_750;
/** One that worked and ended is tried again after so long. */
export const TCP_LOST_MS = 1_000;
/** One that failed is tried again after so long, then after twice as long each time. */
export const TCP_AGAIN_MS = 5_000;
export const TCP_AGAIN_MS_MAX = 300_000;
/** A TCP connection that no session has proved is ended after so long. */
export const TCP_PROVE_MS = 10_000;
/** While a session goes over TCP, HELLO goes so seldom over its UDP path that went silent. */
export const UDP_AGAIN_MS = 60_000;
/** A handshake over UDP, while TCP works, is given up after so long: five copies of its first message. */
export const UDP_TRY_MS = 4_000;
/** A stage of a survey ends after so long: it is asked again at every pulse, so a lost datagram or two do not matter. */
export const SURVEY_STAGE_MS = 1_500;
/**
 * A NAT's lifetime is sought among these, a socket for each: half as long again each time, and none of the values that NATs are
 * set to (10, 20, 30, 60, 120 s). RFC 4787 wants two minutes or more.
 */
export const LIFETIME_SILENCES_MS = [4_000, 8_000, 15_000, 25_000, 40_000, 65_000, 95_000, 125_000] as const;
/** A helper that was asked to send and has said nothing for so long is gone, so what did not come tells nothing. */
export const LIFETIME_ANSWER_MS = 4_000;
/** Who helps forgets a token, and closes the socket that it opened for it, after so long. */
export const SURVEY_HELP_MS = 8_000;
/** What is said and sent because of one token. */
export const SURVEY_ANSWERS_MAX = 32;
/** A mapped port of a node that is not reached directly is tried this often, then after twice as long each time. */
export const MAPPED_AGAIN_MS = 60_000;
export const MAPPED_AGAIN_MS_MAX = 900_000;
/** One of TCP is tried once UDP has had this time: an approach that also guesses ports takes no longer. */
export const MAPPED_TCP_AFTER_MS = 6_000;
/** So many such connections are begun for members of channels, at once and a second: anybody may become one, and name a place of a third. */
export const MAPPED_TCP_BURST = 4;
export const MAPPED_TCP_PER_SECOND = 0.2;
/** A pulse that comes so late says that the machine slept. */
export const SLEPT_MS = 3_000;

/** Nodes whose signed lists are kept: what a person has to do with, and who is beside those; at 1.2 KB each, 8 KB/s in 30 s. */
export const LISTS_MAX = 200;
/** Our own list is signed and said anew after so long: a little before it is over at the others. */
export const LIST_AGAIN_MS = 75_000;
/** On change at most this often: neighbours that come and go must not flood the others. */
export const LIST_CHANGE_MS = 3_000;
/** A list that is over is remembered for so long, so that nobody makes it count again by sending it again. */
export const LIST_KEPT_MS = 600_000;
/**
 * Co-members listed, as many as give every pair of a channel several ways: first those with the oldest sessions, whom a crowd
 * of newcomers does not push out, then by a hash of both ids, so that both ends choose alike. Contacts come before all of them.
 */
export const MEMBERS_LISTED_MAX = 8;
export const OLDEST_LISTED = 3;
/** To so many neighbours the own list goes: all of a channel whose members all have sessions with one another. */
export const LIST_RECEIVERS_MAX = 64;
/** How many of those who could pass a list on to somebody do: two may be liars, and others do it the next time. */
export const LIST_COPIES = 3;
/** Lists that one neighbour may bring, at once and a second: a check of a signature takes 40 µs. */
export const LISTS_BURST = 400;
export const LISTS_PER_SECOND = 40;
/** What one pair of nodes may have carried by node id, and the burst: a talk, a picture, the history of a week away. */
export const PAIR_BYTES_PER_SECOND = 131_072;
export const PAIR_BYTES_BURST = 1_048_576;
/** What one neighbour may pass on of others' that way, over all pairs. */
export const PASSED_BYTES_PER_SECOND = 524_288;
export const PASSED_BYTES_BURST = 4_194_304;
/** Over all co-members of channels, of whom there can be any number; contacts have theirs besides. */
export const CARRIED_BYTES_PER_SECOND = 1_048_576;
export const CARRIED_BYTES_BURST = 8_388_608;
/** Ways over several hops that are kept towards one node: the second is for when the first dies. */
export const WAYS_KEPT = 2;
/** A handshake over several hops that is not answered after so long, in which four copies of its first message go, tries another way. */
export const WAY_MS = 4_000;
/** Data that a relay brings no acknowledgement of goes over other paths first for so long. */
export const DOUBTED_MS = 60_000;
/** A way that did not work is tried again after so long, then after twice as long each time. */
export const WAY_AGAIN_MS = 5_000;
export const WAY_AGAIN_MS_MAX = 300_000;

// ---- ours ----

/** Nodes that are looked for over several hops at a time, and ways whose worth is remembered. */
export const SOUGHT_MAX = 64;
export const WAY_WORTHS_MAX = 8_192;
/** Pairs whose bytes are counted apart. */
export const PAIRS_MAX = 4_096;

/** Handshakes that are answered without a cookie: over all addresses, and from each IPv4 address or IPv6 /64. */
export const HANDSHAKES_FREE_PER_SECOND = 50;
export const HANDSHAKES_FREE_PER_NETWORK = 5;
/** Handshakes that are answered at all: each costs about 0.3 ms. From one address a fifth, so that it cannot keep all others out. */
export const HANDSHAKES_PER_SECOND = 1_000;
export const HANDSHAKES_PER_NETWORK = 200;
/** Addresses whose handshakes are counted apart. */
export const HANDSHAKE_NETWORKS_MAX = 8_192;
/** Answers kept for a repeated first message. */
export const ANSWERS_MAX = 2_048;
export const ANSWERS_KEPT_MS = 30_000;
/** Own handshakes under way at a time. */
export const ATTEMPTS_MAX = 1_024;
/** Keys of one session that frames may still come under. */
export const EPOCHS_MAX = 3;
export const SESSIONS_MAX = 16_384;
/** Sessions with strangers that end at once when there are too many. */
export const SESSIONS_EVICTED = 64;
/** Endpoints that held a session in the last day: they are not served in the bare plane. */
export const FULL_ENDPOINTS_MAX = 65_536;
export const FULL_ENDPOINT_MS = 24 * 3_600_000;
/** Addresses of nodes that fell silent are called again so often, for so long, so many of them. */
export const REDIAL_MS = 60_000;
export const REDIAL_FOR_MS = 24 * 3_600_000;
export const REDIALS_MAX = 1_024;
/** Approaches under way at a time, one of them guessing; and nodes whose last ones are remembered. */
export const APPROACHES_MAX = 32;
export const APPROACHES_KEPT_MAX = 4_096;
/** Surveys of others that we help with: of one neighbour two at a time, a token each for mapping and filtering. */
export const SURVEYS_PER_PEER_MAX = 4;
export const SURVEYS_HELPED_MAX = 2_048;
/** Sockets that we open for them. */
export const SURVEY_SOCKETS_MAX = 32;
/** Trials that are remembered for `doctor`. */
export const TRIALS_MAX = 256;
/** Messages of handshakes on one TCP connection, burst and average: a handshake in which everything is said several times, and one for each renewal of keys. */
export const TCP_MESSAGES_BURST = 32;
export const TCP_MESSAGES_PER_SECOND = 1;
/** Own TCP connections that are under way or not proved, at a time. */
export const TCP_DIALS_MAX = 16;
/** The same to places that nodes have told us of: the user's own are never kept waiting by them. */
export const TCP_TOLD_DIALS_MAX = 4;
/** Endpoints whose TCP connections that failed are remembered. */
export const TCP_PLACES_MAX = 1_024;
/** TCP connections of others, each with a descriptor of the system: all, and from one IPv4 address or IPv6 /64, behind which may be many. */
export const TCP_ACCEPTED_MAX = 1_024;
export const TCP_ACCEPTED_PER_NETWORK = 64;
/** Of these such as no session has proved yet: they cost nothing to open. */
export const TCP_UNPROVED_MAX = 256;
export const TCP_UNPROVED_PER_NETWORK = 16;
/** Nodes of the local network that are kept: more would make every node of a large one talk with all others. */
export const CANDIDATES_KEPT_MAX = 64;
/** Endpoints, and addresses, of the local network whose dials are remembered. */
export const CANDIDATES_MAX = 1_024;
/** Messages of a session that wait for their ACK. */
export const LETTERS_MAX = 8_192;
/** A message of a session whose ACK is missing for so long is sent again: its receiver could not keep it. */
export const LETTER_AGAIN_MS = 15_000;
/** Ids of messages that came in sessions: a repeated one is shown once. */
export const MESSAGE_IDS_MAX = 131_072;
/** The same of the bare plane: what may be repeated inside a session that begins a moment later. */
export const BARE_IDS_MAX = 8_192;

/** How often the node looks over everything that is not due at an exact instant. */
export const PULSE_MS = 250;
/** Bounds the memory that HELLOs can claim: about 1 KiB each. */
export const PEERS_MAX = 16_384;
/** The rest of PEERS_MAX is kept for configured, asked and proven peers. */
export const STRANGERS_MAX = 14_336;
/** One account is about 100 bytes; forgetting one only forgets credit. */
export const ACCOUNTS_MAX = 65_536;
/** More would let one address save up a burst. */
export const CREDIT_MAX_BYTES = 65_536;
export const WAITING_PER_NETWORK_MAX = 32;
export const WAITING_MAX = 4_096;
export const OUTBOX_MAX = 1_024;
/** About 1.6 s of the fastest messages; an evicted entry costs at worst one text shown twice. */
export const SEEN_MAX = 65_536;
export const CHANNELS_MAX = 4_096;
export const MEMBERS_MAX = 1_024;
/** Peers that one relay may bring us: it could invent any number. */
export const RELAYED_PER_PEER_MAX = 256;
/** Members of all channels together, beyond which channels that the user is not in take no more: strangers make those. */
export const MEMBERS_FOREIGN_MAX = 65_536;
/** Names of one node besides the first: it has another for whoever met it at another address. */
export const ALIASES_MAX = 8;
/** Relays kept towards one peer: the second is for when the first dies, and each costs four datagrams every two seconds. */
export const RELAYS_PER_PEER_MAX = 2;
/** Members of one channel that we ask to be introduced to. */
export const INTRODUCED_MAX = 64;
export const KEYS_PER_CHANNEL_MAX = 64;
export const ROUTES_PER_PEER_MAX = 256;
export const ROUTES_MAX = 8_192;
/** ROUTINGs sent in one pulse: spreads the work of a node with thousands of neighbours. */
export const ROUTINGS_PER_PULSE = 128;
/** Our own other names that are remembered, and for how long: a port may be somebody else's later. */
export const OWN_NAMES_MAX = 256;
/** Peers whose marks in our JOINs are remembered. */
export const SELF_MARKS_MAX = 1_024;
export const OWN_NAME_MS = 3_600_000;
/** Open channels that were left and are remembered while the node runs. */
export const LEFT_CHANNELS_MAX = 256;
export const INTRODUCTIONS_MAX = 1_024;
export const PUNCHES_OWN_MAX = 16;
/** Punched paths, each with a socket of its own: beyond these nobody makes us punch another. */
export const PUNCHED_MAX = 256;
/** Batches that the store has not answered yet: beyond these it is too slow to take what others send. */
export const SAVES_OPEN_MAX = 4_096;
/** How often a store that failed is tried again. */
export const STORE_RETRY_MS = 5_000;
/** Changes kept for that try; the rest of a long outage is lost, and was never acknowledged. */
export const STORE_RETRY_MAX = 1_024;
/** After a start a node meets those that it calls within this, if it meets them soon; what its user writes waits so long for them. */
export const MEETING_MS = 1_000;
/** Words of the user that wait for neighbours right after a start: more come from a program, which has to be told how far they are. */
export const HELD_BACK_MAX = 1_024;
