/** The flame graph and its tables as one page that fetches nothing. */
import type { ProfileDocument } from './shape.js'

/** Nothing may be fetched, and nothing runs but what is written in the page itself. */
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"

/**
 * `script` is the compiled `browser/main.ts`, which finds the document in the page. Names of functions and the command line come from elsewhere: they are
 * data in the page, never markup.
 */
export function profilePage(profile: ProfileDocument, script: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<link rel="icon" href="data:,">
<title>Stampede profile</title>
</head>
<body>
<noscript>This page draws its flame graph with JavaScript, which is switched off here.</noscript>
<main></main>
<script type="application/json" id="profile">${inScript(JSON.stringify(profile))}</script>
<script>${script}</script>
</body>
</html>
`
}

/** JSON that no parser of HTML takes for the end of its script. */
function inScript(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}
