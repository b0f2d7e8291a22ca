"""What a person sees who has a browser and no curl. Called by .ci/browser: browser.py BASE-URL FOLDER-FOR-PICTURES."""

import json
import pathlib
import re
import sys

from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

base, pictures = sys.argv[1], pathlib.Path(sys.argv[2])
pictures.mkdir(parents=True, exist_ok=True)

options = webdriver.ChromeOptions()
for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1100,900"):
    options.add_argument(flag)
options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
browser = webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))
wait = WebDriverWait(browser, 20)
shown = 0


def show(name):
    """Keeps a picture of the page, and complains of what the page complains of."""
    global shown
    shown += 1
    browser.save_screenshot(str(pictures / f"{shown:02}-{name}.png"))
    severe = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    severe = [message for message in severe if "favicon" not in message]
    assert not severe, f"{name}: {severe}"
    print(f"page {shown}: {name}: {browser.title}")


def ask(method, path, body=None, token=None):
    """A request of the page's own script, as a front end makes it."""
    script = """
        const [method, url, body, token, done] = arguments;
        const headers = {"Content-Type": "application/json"};
        if (token) headers.Authorization = `Bearer ${token}`;
        fetch(url, {method, headers, body: body === null ? undefined : JSON.stringify(body)})
            .then(async answer => done([answer.status, await answer.text()]), error => done([0, String(error)]));
    """
    status, text = browser.execute_async_script(script, method, path, body, token)
    assert 200 <= status < 300, f"{method} {path}: {status} {text}"
    return json.loads(text) if text else None


def code_for(phone):
    """The newest code for a number, read off the inbox page by reloading it."""
    def look(_):
        browser.get(base + "/dev/inbox")
        for row in browser.find_elements(By.CSS_SELECTOR, "table tr"):
            found = re.search(r"\b\d{6}\b", row.text.replace(phone, ""))
            if phone in row.text and found:
                return found.group()
        return None
    return wait.until(look)


def sign_up(phone, role, name):
    body = {"phone": phone, "password": "test1234", "userType": role, "name": name}
    begun = ask("POST", "/auth/signUp", body)
    return ask("POST", "/auth/verify", {"phone": phone, "id": begun["id"], "code": code_for(phone)})["accessToken"]


def tried_in_the_description(phone):
    """A sign-up with `Try it out`, with nothing but a mouse and a keyboard."""
    browser.get(base + "/docs/")
    place = wait.until(lambda _: browser.find_element(By.XPATH, "//span[@data-path='/auth/signUp']"))
    show("the-description")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", place)
    place.click()
    block = place.find_element(By.XPATH, "./ancestor::div[contains(@class,'opblock ')]")
    wait.until(lambda _: block.find_element(By.CSS_SELECTOR, "button.try-out__btn")).click()
    field = wait.until(lambda _: block.find_element(By.CSS_SELECTOR, "textarea.body-param__text"))
    field.clear()
    field.send_keys(json.dumps({"phone": phone, "password": "test1234", "userType": "buyer", "name": "Test User"}))
    block.find_element(By.CSS_SELECTOR, "button.execute").click()
    answer = wait.until(lambda _: block.find_element(By.CSS_SELECTOR, ".live-responses-table tbody .response-col_status"))
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", answer)
    assert answer.text.startswith("20"), answer.text
    text = block.find_element(By.CSS_SELECTOR, ".live-responses-table .highlight-code").text
    show("a-sign-up-tried")
    return re.search(r'"id": "([^"]+)"', text).group(1)


def bid_accepted(buyer, worker):
    """A job of the buyer's with the worker's bid on it, accepted."""
    address = {"street": "12 Vilakazi Street", "suburb": "Orlando West", "city": "Soweto",
               "point": {"latitude": -26.2485, "longitude": 27.9080}}
    job = ask("POST", "/jobs", {
        "title": "Geyser is leaking", "description": "The geyser in the roof drips.", "category": "plumbing",
        "budget": {"amount": 180000, "currency": "ZAR"}, "address": address}, buyer)["id"]
    bid = ask("POST", f"/jobs/{job}/bids", {
        "amount": {"amount": 165000, "currency": "ZAR"}, "days": 1, "letter": "Tomorrow morning."}, worker)["id"]
    ask("POST", f"/jobs/{job}/bids/{bid}/accept", None, buyer)
    return job


def choose(buyer, job, label, said, name):
    """Opens the job's checkout page, presses a button, and reads what the page says then."""
    page = ask("POST", f"/jobs/{job}/pay", None, buyer)["checkoutUrl"]
    browser.get(page)
    buttons = browser.find_elements(By.TAG_NAME, "button")
    assert len(buttons) == 3, [button.text for button in buttons]
    if name == "paid":
        show("the-checkout")
    next(button for button in buttons if label in button.text).click()
    text = wait.until(lambda _: browser.find_element(By.TAG_NAME, "p").text)
    assert said in text, text
    show(name)
    return page


try:
    begun = tried_in_the_description("+27812345678")
    code = code_for("+27812345678")
    show("the-inbox")
    buyer = ask("POST", "/auth/verify", {"phone": "+27812345678", "id": begun, "code": code})["accessToken"]
    worker = sign_up("+27731234567", "worker", "Sipho Dlamini")

    job = bid_accepted(buyer, worker)
    choose(buyer, job, "The bank declines", "The bank has declined", "declined")
    choose(buyer, job, "Leave without paying", "Not paid", "abandoned")
    page = choose(buyer, job, "Pay ZAR 1650.00", "Paid. Go back to the app.", "paid")
    browser.get(page)
    assert "This is paid" in browser.page_source and not browser.find_elements(By.TAG_NAME, "button")

    assert ask("GET", f"/jobs/{job}", None, buyer)["status"] == "in_progress"
    ask("POST", f"/jobs/{job}/submit", None, worker)
    ask("POST", f"/jobs/{job}/confirm", None, buyer)
    statement = ask("GET", f"/jobs/{job}/statement", None, worker)
    print("the job's statement:", json.dumps(statement)[:200])
    print("1 passed, 0 failed")
finally:
    browser.quit()
