// How a client program talks to the pack: JSON lines out, JSON lines in.
import { createInterface } from 'node:readline';

export const settings = JSON.parse(process.env.CONFORMANCE);

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
let failed = 0;

function say(told) {
  process.stdout.write(`${JSON.stringify(told)}\n`);
}

// Ask the pack for something only it can do; throws where it cannot.
export async function wish(wanted) {
  say(wanted);
  const { value } = await lines.next();
  const answer = JSON.parse(value);
  if (answer.fault) throw new Error(answer.fault);
  return answer;
}

// One flow: what it returns is handed to the next ones.
export async function flow(name, steps) {
  try {
    const made = await steps();
    say({ flow: name });
    return made;
  } catch (error) {
    failed += 1;
    say({ flow: name, fault: `${error.name}: ${error.message} ${error.code ?? ''} ${JSON.stringify(error.cause ?? '')}`.slice(0, 600) });
    return undefined;
  }
}

export function must(holds, what) {
  if (!holds) throw new Error(what);
}

export function end() {
  process.exit(failed ? 1 : 0);
}
