// The page on which an assistant is tried: it talks to the rest channel and keeps what was said.

const KEY = "bespeak.chat";
const LONGEST = 200;

const log = document.getElementById("log");
const form = document.getElementById("form");
const text = document.getElementById("text");
const state = document.getElementById("state");

let chat = read();
let busy = Promise.resolve();

function fresh() {
  return { session: id(), said: [], pending: [] };
}

function id() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function read() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY));
    if (kept && kept.session && Array.isArray(kept.said) && Array.isArray(kept.pending)) return kept;
  } catch {
    // Nothing kept, or nothing that can be read.
  }
  return fresh();
}

function keep() {
  chat.said = chat.said.slice(-LONGEST);
  try {
    localStorage.setItem(KEY, JSON.stringify(chat));
  } catch {
    // A browser that keeps nothing: the conversation lasts as long as the page.
  }
}

function element(name, className, content) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (content) made.textContent = content;
  return made;
}

function linked(content) {
  const bubble = element("div", "bubble");
  for (const part of content.split(/(https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]])/)) {
    if (/^https?:\/\//.test(part)) {
      const link = element("a", "", part);
      link.href = part;
      link.target = "_blank";
      link.rel = "noopener noreferrer";
      bubble.append(link);
    } else {
      bubble.append(part);
    }
  }
  return bubble;
}

function show(said) {
  const item = element("li", said.mine ? "mine" : "");
  if (said.text) item.append(linked(said.text));
  if (said.image && /^(https?:|data:image\/|\/)/.test(said.image)) {
    const picture = element("img", "picture");
    picture.src = said.image;
    picture.alt = "Picture from the assistant";
    picture.addEventListener("load", toEnd);
    item.append(picture);
  }
  for (const rest of [said.custom, said.attachment]) {
    if (rest) item.append(element("pre", "bubble", JSON.stringify(rest, null, 2)));
  }
  if (said.buttons && said.buttons.length) {
    const choices = element("div", "choices");
    for (const button of said.buttons) {
      const choice = element("button", "", button.title || button.payload);
      choice.type = "button";
      choice.addEventListener("click", () => say(button.payload || button.title, button.title));
      choices.append(choice);
    }
    item.append(choices);
  }
  log.append(item);
  toEnd();
}

function toEnd() {
  log.scrollTop = log.scrollHeight;
}

function add(said) {
  chat.said.push(said);
  keep();
  for (const old of log.querySelectorAll(".choices")) old.remove();
  show(said);
}

function typing(on) {
  log.querySelector(".typing")?.remove();
  state.textContent = on ? "is writing…" : "";
  if (!on) return;
  const item = element("li", "typing");
  const bubble = element("div", "bubble");
  bubble.append(element("i"), element("i"), element("i"));
  item.setAttribute("aria-hidden", "true");
  item.append(bubble);
  log.append(item);
  toEnd();
}

// The id makes it safe to send a message again: one that was answered gets its answers again.
function say(payload, shown) {
  const message = { message: payload, message_id: id(), sender: chat.session };
  chat.pending.push(message);
  add({ mine: true, text: shown || payload });
  busy = busy.then(() => send(message));
}

async function send(message) {
  if (message.sender !== chat.session) return;
  typing(true);
  let heard = 0;
  try {
    for await (const said of answers(message)) {
      if (message.sender !== chat.session) return;
      typing(false);
      add(said);
      heard += 1;
      typing(true);
    }
    chat.pending = chat.pending.filter((other) => other.message_id !== message.message_id);
    keep();
    typing(false);
  } catch (error) {
    typing(false);
    if (heard) {
      chat.pending = chat.pending.filter((other) => other.message_id !== message.message_id);
      keep();
    } else {
      offerAgain(message);
    }
  }
}

async function* answers(message) {
  const response = await fetch("/webhooks/rest/webhook?stream=true", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(message),
  });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.trim()) yield JSON.parse(line);
  }
}

function offerAgain(message) {
  const item = element("li", "wrong", "The message did not get through. ");
  item.setAttribute("role", "alert");
  const choices = element("div", "choices");
  const again = element("button", "", "Try again");
  again.type = "button";
  again.addEventListener("click", () => {
    item.remove();
    busy = busy.then(() => send(message));
  });
  choices.append(again);
  item.append(choices);
  log.append(item);
  toEnd();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = text.value.trim();
  if (!typed) return;
  text.value = "";
  say(typed);
  text.focus();
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

document.getElementById("restart").addEventListener("click", () => {
  chat = fresh();
  keep();
  log.replaceChildren();
  typing(false);
  text.focus();
});

chat.said.forEach((said, i) => show(i < chat.said.length - 1 ? { ...said, buttons: [] } : said));
for (const message of chat.pending) busy = busy.then(() => send(message));
