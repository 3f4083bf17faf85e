// Talk to the server through its own chat page; print what was seen as JSON.
// usage: node chat.mjs CHROMIUM SERVER_URL FOLDER_FOR_SCREENSHOTS
import { join } from "node:path";
import { inBrowser } from "./chromium.mjs";

const [chromium, url, folder] = process.argv.slice(2);
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

const texts = (page) => page.locator("#log .bubble").allTextContents();

async function after(page, count) {
  await page.waitForFunction(
    (count) =>
      document.querySelectorAll("#log li:not(.typing)").length >= count &&
      !document.querySelector(".typing"),
    count,
  );
  return texts(page);
}

async function say(page, text) {
  await page.getByLabel("Your message").fill(text);
  await page.getByLabel("Your message").press("Enter");
}

const seen = await inBrowser(chromium, DESKTOP, async (page) => {
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (line) => line.type() === "error" && problems.push(line.text()));
  await page.route("**/cat.png", (route) =>
    route.fulfill({
      contentType: "image/svg+xml",
      body: '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"><rect width="320" height="180" fill="#7aa2e3"/><circle cx="160" cy="90" r="50" fill="#fff"/></svg>',
    }),
  );
  await page.goto(url);
  const title = await page.title();
  await say(page, "hello");
  const greeted = await after(page, 2);
  await say(page, "show");
  await after(page, 6);
  const pictures = await page.locator("#log img").count();
  await say(page, "choose");
  await after(page, 8);
  await page.screenshot({ path: join(folder, "chat-desktop.png") });
  const choices = await page.locator(".choices button").allTextContents();
  await page.getByRole("button", { name: "First" }).click();
  const chosen = (await after(page, 10)).slice(-2);
  const kept = await texts(page);
  await page.reload();
  const resumed = await texts(page);
  await page.setViewportSize(PHONE);
  await page.screenshot({ path: join(folder, "chat-phone.png") });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: join(folder, "chat-phone-dark.png") });
  await page.route("**/webhook?stream=true", (route) => route.abort(), { times: 1 });
  await say(page, "hello");
  await page.getByRole("button", { name: "Try again" }).click();
  const again = (await after(page, 12)).slice(-1);
  await page.getByRole("button", { name: "Start over" }).click();
  const emptied = (await texts(page)).length;
  await say(page, "hello");
  const anew = await after(page, 2);
  return { title, greeted, pictures, choices, chosen, same: String(kept) === String(resumed), wide, again, emptied, anew, problems };
});
console.log(JSON.stringify(seen));
