#!/usr/bin/env python3
"""Prints what passes by on every interface of this network namespace: a JSON line for each UDP datagram."""
import json
import socket
import struct

sock = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))  # all, since what leaves is shown to nobody else
print(json.dumps({"ready": True}), flush=True)
while True:
    packet, link = sock.recvfrom(65535)
    if link[1] != 0x0800 or len(packet) < 28 or packet[9] != 17:
        continue
    head = (packet[0] & 15) * 4
    port = struct.unpack("!H", packet[head + 2:head + 4])[0]
    print(json.dumps({"to": f"{socket.inet_ntoa(packet[16:20])}:{port}", "from": socket.inet_ntoa(packet[12:16]),
                      "text": packet[head + 8:].decode("latin-1")}), flush=True)
