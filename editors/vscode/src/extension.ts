/** Starts `tgfix lsp` and hands it to VS Code; everything else is the server's. */
import * as vscode from "vscode";
import { LanguageClient, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;
let starting: Promise<void> = Promise.resolve();

function makeClient(): LanguageClient {
  const settings = vscode.workspace.getConfiguration("tgfix");
  const [command = "tgfix", ...args] = settings.get<string[]>("command", ["tgfix", "lsp"]);
  const server: ServerOptions = { command, args };
  return new LanguageClient("tgfix", "tgfix", server, {
    documentSelector: [{ scheme: "file", language: "python" }],
    initializationOptions: {
      localCodemods: vscode.workspace.isTrusted && settings.get<boolean>("localCodemods", false),
    },
  });
}

/** Ends the server that runs; one that has never come up refuses to be stopped. */
async function stop(): Promise<void> {
  if (client?.isRunning()) await client.dispose();
  client = undefined;
}

/** Starts anew, one after the other: a change of the settings may come while the last start is under way. */
function start(): Promise<void> {
  return (starting = starting.then(startAnew));
}

async function startAnew(): Promise<void> {
  await stop();
  client = makeClient();
  try {
    await client.start();
  } catch {
    const message = "tgfix does not start. Install it with `pip install \"tgfix[lsp]\"`, or set tgfix.command.";
    void vscode.window.showErrorMessage(message);
  }
}

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  context.subscriptions.push(
    vscode.commands.registerCommand("tgfix.restart", start),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("tgfix")) void start();
    }),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void start()),
  );
  await start();
}

export function deactivate(): Promise<void> {
  return starting.then(stop);
}
