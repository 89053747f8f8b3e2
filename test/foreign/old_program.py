#!/usr/bin/env python3
"""An old program: it shows a node_id in HELLO, wants to see one in return, and reads ASCII only.

  old_program.py IP[:PORT]     commands and reports as JSON lines, as in bare_peer.py: know, send
"""
import json, selectors, socket, sys, time, uuid

HELLO = {"msg_type": "HELLO", "msg_data": {"node_id": str(uuid.uuid4()), "version": "0.1"}}
ACKED = ("GETCERTIFICATE", "CERTIFICATE", "GETKEY", "KEY", "MESSAGE")
known, online = set(), {}    # whom it greets; endpoint -> the node_id that it showed


def out(**what):
    print(json.dumps(what), flush=True)


def put(to, msg):
    ip, port = to.rsplit(":", 1)
    sock.sendto(json.dumps(msg).encode("ascii"), (ip, int(port)))


def heard():
    raw, (ip, port) = sock.recvfrom(65535)
    frm = f"{ip}:{port}"
    try:
        msg = json.loads(raw.decode("ascii"))
    except ValueError as error:      # not ASCII, or not JSON: such a program shows nothing of it
        return out(ev="garbled", **{"from": frm}, error=str(error))
    out(ev="got", **{"from": frm}, port=sock.getsockname()[1], bytes=len(raw), msg=msg)
    if msg["msg_type"] == "HELLO" and "node_id" in (msg.get("msg_data") or {}):
        online[frm] = str(uuid.UUID(msg["msg_data"]["node_id"]))
        out(ev="online", **{"from": frm}, node_id=online[frm])
    if msg["msg_type"] in ACKED and frm in online:
        put(frm, {"msg_type": "ACK"})


address, _, number = sys.argv[1].partition(":")
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((address, int(number or 0)))
sel = selectors.DefaultSelector()
sel.register(sock, selectors.EVENT_READ)
sel.register(sys.stdin, selectors.EVENT_READ)
out(ev="ready", addr="%s:%d" % sock.getsockname(), node_id=HELLO["msg_data"]["node_id"])
beat = time.monotonic()
while True:
    for key, _ in sel.select(max(0, beat + 1 - time.monotonic())):
        if key.fileobj is sock:
            heard()
            continue
        line = sys.stdin.buffer.raw.readline()
        if not line:
            sys.exit(0)
        command = json.loads(line)
        if command["do"] == "know":
            known.add(command["addr"])
        elif command["do"] == "send":
            put(command["to"], command["msg"])
    if time.monotonic() >= beat + 1:
        beat += 1
        for endpoint in known:
            put(endpoint, HELLO)
