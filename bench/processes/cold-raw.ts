/** The floor of a cold start: Node itself, and one JSON datagram that comes back. Argument: the port of the echo. */
import { createSocket } from "node:dgram";

const socket = createSocket("udp4");
socket.on("message", (bytes) => {
  JSON.parse(bytes.toString());
  process.stdout.write("delivered\n");
  socket.close();
});
socket.send(JSON.stringify({ msg_type: "MESSAGE", msg_data: { channel_id: "", message: "first" } }), Number(process.argv[2]), "127.0.0.1");
