#!/usr/bin/env python3
"""A ptpchat peer written from the seed's text alone; Python 3 standard library, no file of the product.

  bare_peer.py [IP[:PORT]]     commands as JSON lines on stdin, reports as JSON lines on stdout
  {"do":"know"|"forget","addr":A}            whom to greet with HELLO every second
  {"do":"send","to":A,"msg":{}|"text":""}    one datagram as it stands
  {"do":"join"|"leave","to":A,"channel":C}   JOIN, LEAVE; without "to" to all members of C
  {"do":"say","channel":C,"message":M}       MESSAGE to every member of C
  {"do":"connect","s":S,"dst":B,"fresh":true}   be A of CONNECT; "fresh": ask from the opened socket
  {"do":"set","b_fresh":true,"s":true,"certificate":{},"key":{},"routing":{},"quiet":false}   as B answer
      from the opened socket; serve as S; data of CERTIFICATE, KEY, a ROUTING every 5 s; send no HELLO
  {"do":"state"}                             known machines and member lists; the end of stdin ends the peer
"""
import json, selectors, socket, sys, time

ACKED = ("GETCERTIFICATE", "CERTIFICATE", "GETKEY", "KEY", "MESSAGE")
sel = selectors.DefaultSelector()
known = {}      # "ip:port" -> the socket this machine is talked to from
members = {}    # channel -> set of "ip:port"
asked = {}      # as S: A's "ip:port" as told to B -> where A's request came from
opened = []     # as A: sockets opened for a CONNECT under way
conf = {"b_fresh": False, "s": True, "routing": None, "quiet": False, "certificate": {}, "key": {}}

def out(**what):
    print(json.dumps(what), flush=True)

def split(addr):
    ip, _, port = str(addr).rpartition(":")
    return (ip, int(port)) if ip else (str(addr), None)

def open_socket(ip, port=0):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((ip, port))
    sel.register(s, selectors.EVENT_READ, heard)
    return s

def put(to, msg, sock=None, text=None):
    sock = sock or known.get(to, main)
    try:
        sock.sendto((json.dumps(msg) if text is None else text).encode(), split(to))
        out(ev="sent", to=to, port=sock.getsockname()[1], msg=msg, text=text)
    except OSError as e:
        out(ev="send_failed", to=to, error=str(e), msg=msg)

def verb(name, data=None):
    return {"msg_type": name} if data is None else {"msg_type": name, "msg_data": data}

def heard(sock):
    raw, frm = sock.recvfrom(65535)
    frm, here = "%s:%d" % frm, sock.getsockname()[1]
    try:
        msg = json.loads(raw)
        kind, data = msg["msg_type"], msg.get("msg_data")      # all else in the head is ignored
    except (ValueError, KeyError, TypeError, AttributeError):
        return out(ev="nonsense", port=here, **{"from": frm}, raw=raw.decode("latin-1"))
    out(ev="got", port=here, **{"from": frm}, msg=msg, bytes=len(raw), t=time.time())
    known.setdefault(frm, sock)
    if kind in ACKED:
        put(frm, verb("ACK"), sock)
    act = {"GETCERTIFICATE": lambda: put(frm, verb("CERTIFICATE", conf["certificate"]), sock),
           "GETKEY": lambda: put(frm, verb("KEY", conf["key"]), sock),
           "JOIN": lambda: members.setdefault(data["channel_id"], set()).add(frm),
           "LEAVE": lambda: members.get(data["channel_id"], set()).discard(frm),
           "RELAY": lambda: data["dst"] in known and data["dst"] != frm and put(data["dst"], msg),
           "CONNECT": lambda: connect(data, frm, sock)}.get(kind)
    try:
        if act:
            act()
    except (KeyError, TypeError, ValueError) as e:
        out(ev="not_understood", **{"from": frm}, msg=msg, error=repr(e))

def connect(data, frm, sock):
    dst, src = str(data["dst"]), str(data["src"])
    dport, sport = split(dst)[1], split(src)[1]
    if src.isdigit() and dst in asked:                         # step 3 came to S: 4 goes to A
        a = asked.pop(dst)
        out(ev="connect", role="S", step=4)
        put(a, verb("CONNECT", {"dst": "%s:%s" % (split(frm)[0], src), "src": dst}))
    elif src.isdigit():                                        # step 1 came to S: 2 goes to B
        b = [k for k in reversed(known) if k == dst or (dport is None and split(k)[0] == dst)]
        a = "%s:%s" % (split(frm)[0], src)
        if not conf["s"] or not b:
            return out(ev="connect_refused", dst=dst)
        asked[a] = frm
        out(ev="connect", role="S", step=2)
        put(b[0], verb("CONNECT", {"dst": a, "src": dst}))
    elif opened and dport and sport:                           # step 4 came to A: 5, talk to B
        mine = sock if sock in opened else opened[-1]
        opened.remove(mine)
        known[dst] = mine
        out(ev="connect", role="A", step=5, peer=dst, port=mine.getsockname()[1])
        put(dst, verb("HELLO"))
    elif dport:                                                # step 2 came to B: open, talk to A, 3 to S
        mine = open_socket(main.getsockname()[0])
        known[dst], port = mine, mine.getsockname()[1]
        out(ev="connect", role="B", step=3, peer=dst, port=port)
        put(dst, verb("HELLO"), mine)
        put(frm, verb("CONNECT", {"dst": dst, "src": str(port)}), mine if conf["b_fresh"] else sock)

def command(line):
    c = json.loads(line)
    do, to = c.pop("do"), c.get("to")
    if do == "know":
        known.setdefault(c["addr"], main)
    elif do == "forget":
        known.pop(c["addr"], None)
    elif do == "set":
        conf.update(c)
    elif do == "send":
        put(to, c.get("msg"), text=c.get("text"))
    elif do in ("join", "leave"):
        for m in [to] if to else sorted(members.get(c["channel"], ())):
            put(m, verb(do.upper(), {"channel_id": c["channel"]}))
    elif do == "say":
        for m in sorted(members.get(c["channel"], ())):
            put(m, verb("MESSAGE", {"channel_id": c["channel"], "message": c["message"]}))
    elif do == "connect":
        mine = open_socket(main.getsockname()[0])
        opened.append(mine)
        out(ev="connect", role="A", step=1, port=mine.getsockname()[1])
        put(c["s"], verb("CONNECT", {"dst": c["dst"], "src": str(mine.getsockname()[1])}),
            mine if c.get("fresh", True) else main)
    elif do == "state":
        out(ev="state", known=list(known), members={k: sorted(v) for k, v in members.items()})

ip, port = split(sys.argv[1] if len(sys.argv) > 1 else "0.0.0.0")
main = open_socket(ip, port or 0)
sel.register(sys.stdin, selectors.EVENT_READ, None)
out(ev="ready", addr="%s:%d" % main.getsockname())
beat, rest = time.monotonic(), b""
while True:
    for key, _ in sel.select(max(0, min(1.0, beat + 1 - time.monotonic()))):
        if key.data:
            key.data(key.fileobj)
        elif not (chunk := sys.stdin.buffer.raw.read(65536)):
            sys.exit(0)
        else:
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                command(line)
    if time.monotonic() - beat >= 1:
        beat += 1
        for addr, s in list(known.items()):
            if not conf["quiet"]:
                put(addr, verb("HELLO"), s)
            if conf["routing"] and int(beat) % 5 == 0:
                put(addr, verb("ROUTING", conf["routing"]), s)
