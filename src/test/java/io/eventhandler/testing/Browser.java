package io.eventhandler.testing;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A headless Chromium, the one that is installed ({@link Tool#CHROMIUM}), with a page that keeps the errors of its console. For one thread. */
public final class Browser implements AutoCloseable {

    private final List<String> errors = new CopyOnWriteArrayList<>();
    private final Playwright playwright;
    private final Page page;

    public Browser() {
        // Playwright would otherwise download browsers of its own.
        this.playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        this.page = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions().setExecutablePath(Tool.CHROMIUM.path()))
                .newPage();
        page.onConsoleMessage(this::keep);
        page.onPageError(errors::add);
    }

    private void keep(ConsoleMessage message) {
        if (message.type().equals("error") || message.type().equals("warning")) {
            errors.add(message.text());
        }
    }

    public Page page() {
        return page;
    }

    /** Waits until this JavaScript expression is true on the page. */
    public void awaitTrue(String expression) {
        // Playwright's own way evaluates text on the page, which a content security policy may forbid.
        await().pollInSameThread()
                .atMost(Duration.ofSeconds(30))
                .until(() -> page.evaluate(expression).equals(true));
    }

    /** Errors and warnings in the page's console so far. */
    public List<String> errors() {
        return List.copyOf(errors);
    }

    @Override
    public void close() {
        playwright.close();
    }
}
