// Talk to a server through rasa-webchat as a customer would; print what was seen as JSON.
// usage: node webchat.mjs CHROMIUM PAGE_URL SCREENSHOT
import { inBrowser } from "./chromium.mjs";

const [chromium, url, screenshot] = process.argv.slice(2);

async function after(page, count) {
  await page.waitForFunction(
    (count) => document.querySelectorAll(".rw-message-text").length >= count,
    count,
  );
  return page.locator(".rw-message-text").allTextContents();
}

async function say(page, text) {
  await page.locator(".rw-new-message").fill(text);
  await page.locator(".rw-new-message").press("Enter");
}

const seen = await inBrowser(chromium, { width: 900, height: 800 }, async (page) => {
  const problems = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(new URL(socket.url()).search));
  await page.goto(url);
  const greeted = await after(page, 1);
  await say(page, "show");
  const shown = await after(page, 3);
  const image = await page.locator("img.rw-image-frame").getAttribute("src");
  await page.reload();
  await after(page, 3);
  const session = await page.evaluate(() => JSON.parse(localStorage.getItem("chat_session")));
  await say(page, "choose");
  await page.waitForSelector(".rw-reply");
  const choices = await page.locator(".rw-reply").allTextContents();
  await page.screenshot({ path: screenshot });
  await page.locator(".rw-reply").first().click();
  const ended = await after(page, 8);
  return { greeted, shown, image, choices, ended, problems, sockets, session: session.session_id };
});
console.log(JSON.stringify(seen));
