/** Starts `tgfix lsp` and hands it to VS Code; everything else is the server's. */
import * as vscode from "vscode";
import { LanguageClient, ServerOptions } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

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

async function start(): Promise<void> {
  await client?.dispose();
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

export async function deactivate(): Promise<void> {
  await client?.dispose();
}
