/** Holds the lock of a home until it is killed; says `held` once it has it. For home-lock.test.ts. */
import { homeOf } from "../../src/app/home.ts";
import { lockHome } from "../../src/app/home-lock.ts";

lockHome(homeOf(process.argv[2]));
process.stdout.write("held\n");
setInterval(() => {}, 60_000);
