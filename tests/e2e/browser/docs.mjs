// Open the API's documentation page; print what it shows and whom it asked.
// usage: node docs.mjs CHROMIUM SERVER_URL FOLDER_FOR_SCREENSHOTS
import { join } from "node:path";
import { inBrowser } from "./chromium.mjs";

const [chromium, url, folder] = process.argv.slice(2);

const seen = await inBrowser(chromium, { width: 1280, height: 1000 }, async (page) => {
  const hosts = new Set();
  page.on("request", (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== "data:") hosts.add(host);
  });
  await page.goto(`${url}/docs`);
  await page.waitForSelector(".opblock-summary-path");
  await page.screenshot({ path: join(folder, "docs.png") });
  const paths = await page.locator(".opblock-summary-path").allTextContents();
  return { paths: paths.map((path) => path.replace(/\u200b/g, "")), hosts: [...hosts] };
});
console.log(JSON.stringify(seen));
