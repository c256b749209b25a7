package io.eventhandler.testing;

import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.BrowserType;
import com.microsoft.playwright.ConsoleMessage;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.Playwright;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** A headless Chromium, the one that is installed, with a page that keeps the errors of its console. For one thread. */
public final class Browser implements AutoCloseable {

    private static final List<String> NAMES =
            List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

    private final List<String> errors = new CopyOnWriteArrayList<>();
    private final Playwright playwright;
    private final Page page;

    public Browser() {
        // Playwright would otherwise download browsers of its own.
        this.playwright = Playwright.create(
                new Playwright.CreateOptions().setEnv(Map.of("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")));
        this.page = playwright
                .chromium()
                .launch(new BrowserType.LaunchOptions().setExecutablePath(executable()))
                .newPage();
        page.onConsoleMessage(this::keep);
        page.onPageError(errors::add);
    }

    private void keep(ConsoleMessage message) {
        if (message.type().equals("error") || message.type().equals("warning")) {
            errors.add(message.text());
        }
    }

    private static Path executable() {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":", -1)) {
            for (String name : NAMES) {
                Path candidate = Path.of(directory, name);
                if (Files.isExecutable(candidate)) {
                    return candidate;
                }
            }
        }
        Path mac = Path.of("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
        if (Files.isExecutable(mac)) {
            return mac;
        }
        throw new IllegalStateException(
                "no Chromium was found in PATH (%s): install one, on Debian with 'apt-get install chromium', or run .ci/run"
                        .formatted(String.join(", ", NAMES)));
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
