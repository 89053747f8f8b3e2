/** How a channel is written for each format, piece by piece. docs/cli.md "Archives". */
import type { ArchiveEntry, ArchiveHead } from "../../app/api.ts";
import { safeJson, safeLines, safeText } from "../shared/safe-text.ts";
import type { EXPORT_FORMATS } from "./archive-commands.ts";
import { localTime } from "./moment.ts";

export interface Format {
  begin(head: ArchiveHead): string;
  entry(entry: ArchiveEntry): string;
  /** @param count - entries that were written */
  end(count: number): string;
}

export function formatNamed(name: (typeof EXPORT_FORMATS)[number]): Format {
  switch (name) {
    case "jsonl":
      return jsonl;
    case "markdown":
      return new Markdown();
    case "irc":
      return new IrcLog();
  }
}

const line = (object: object) => `${safeJson(object)}\n`;

const jsonl: Format = {
  begin: line,
  entry: ({ message }) => line(message),
  end: (messages) => line({ end: true, messages }),
};

/** What one entry says, as people read it. */
function wordsOf({ entry: { kind, text } }: ArchiveEntry): string {
  if (kind === "post") return text;
  if (kind === "sealed") return "(sealed, and its key is not here)";
  return text === "" ? `(${kind})` : `(${kind}) ${text}`;
}

class Markdown implements Format {
  #day = "";

  begin({ channel, by, exported_at }: ArchiveHead): string {
    return `# ${escaped(channel)}\n\nWritten ${localTime(exported_at)} by node ${by}. Names are those of that node's user.\n`;
  }

  entry(given: ArchiveEntry): string {
    const { at, authorName, verified } = given.entry;
    const [day = "", time = ""] = localTime(at).split(" ");
    const heading = day === this.#day ? "" : `\n## ${day}\n`;
    this.#day = day;
    const quoted = safeLines(wordsOf(given)).map((text) => `> ${plain(text)}`.trimEnd());
    return `${heading}\n**${escaped(authorName)}** ${time}${verified ? "" : " (not signed)"}\n\n${quoted.join("\n")}\n`;
  }

  end(): string {
    return "";
  }
}

/** What Markdown takes for more than a letter. */
function escaped(text: string): string {
  return safeText(text).replace(/[\\`*_{}[\]()#+\-.!|<>~@&]/g, "\\$&");
}

/**
 * What somebody said, in Markdown as he may have meant it, but for what reaches beyond his words: HTML, pictures that are loaded
 * from elsewhere when the file is looked at, links under other words, and meanings given to words of the whole file.
 */
function plain(text: string): string {
  return text.replace(/(\\*)([<[])/g, (_, slashes: string, sign: string) => `${slashes}${slashes.length % 2 === 0 ? "\\" : ""}${sign}`);
}

class IrcLog implements Format {
  #day = "";

  begin({ exported_at }: ArchiveHead): string {
    return `--- Log written ${localTime(exported_at)}\n`;
  }

  entry(given: ArchiveEntry): string {
    const { at, authorName, kind } = given.entry;
    const [day = "", time = ""] = localTime(at).split(" ");
    const changed = day === this.#day ? "" : `--- Day changed ${day}\n`;
    this.#day = day;
    const who = safeText(authorName);
    const lines = safeLines(wordsOf(given)).map((text) => (kind === "post" ? `${time} <${who}> ${text}\n` : `${time} * ${who} ${text}\n`));
    return changed + lines.join("");
  }

  end(): string {
    return "--- Log ends\n";
  }
}
