package io.eventhandler.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import io.eventhandler.testing.Browser;
import io.eventhandler.testing.Needs;
import io.eventhandler.testing.TcpProxy;
import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.Tool;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The page of the documents, and server-sent events, in a browser. */
@Needs(Tool.CHROMIUM)
class DocsPageTest {

    private static TestReplica replica;
    private static Browser browser;

    @BeforeAll
    static void start() {
        replica = TestReplica.start(TestDatabase.create());
        browser = new Browser();
    }

    @AfterAll
    static void stop() {
        browser.close();
        replica.close();
    }

    private static Page open(String address) {
        Page page = browser.page();
        page.navigate(address);
        page.waitForSelector("body[data-ready]");
        return page;
    }

    @Test
    void showsEveryOperationAndEveryMessageWithoutAnError() {
        Page page = open(replica.uri("/docs").toString());
        ApiDocument http = ApiDocument.openApi();
        List<String> operations = new ArrayList<>();
        for (String path : http.names("/paths")) {
            for (String method : http.names("/paths/" + ApiDocument.escape(path))) {
                operations.add(method.toUpperCase(Locale.ROOT) + " " + path);
            }
        }
        assertThat(attributes(page, "data-operation")).containsExactlyInAnyOrderElementsOf(operations);
        ApiDocument messages = ApiDocument.asyncApi();
        assertThat(attributes(page, "data-message"))
                .containsExactlyInAnyOrderElementsOf(messages.names("/components/messages"));
        assertThat(page.textContent("main")).doesNotContain("undefined", "[object Object]", "NaN");
        assertThat(browser.errors()).isEmpty();
    }

    @SuppressWarnings("unchecked")
    private static List<String> attributes(Page page, String name) {
        return (List<String>) page.evalOnSelectorAll(
                "[" + name + "]", "(nodes, name) => nodes.map(node => node.getAttribute(name))", name);
    }

    @Test
    void fitsAPhoneAndBothColourSchemes() {
        Page page = open(replica.uri("/docs").toString());
        page.setViewportSize(360, 740);
        page.evalOnSelectorAll("details", "nodes => nodes.forEach(node => node.open = true)");
        assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(360);
        List<Object> grounds = new ArrayList<>();
        for (ColorScheme scheme : List.of(ColorScheme.LIGHT, ColorScheme.DARK)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"));
        }
        assertThat(grounds).doesNotHaveDuplicates();
    }

    @Test
    void theSnippetsWorkAsTheyAre() {
        Page page = open(replica.uri("/docs").toString());
        String publish = "[data-operation='POST /publish'] > .snippet:last-child pre";
        page.evaluate("(code) => new Function('return (async () => {' + code + '})()')()", page.textContent(publish));
        String name = "user.created";
        assertThat(replica.get("/events?event_name=" + name).json().get("data").size())
                .isEqualTo(1);
        String socket = "[data-channel='/ws'] > .snippet:last-child pre";
        page.evaluate(
                "(code) => { window.seen = []; console.log = value => seen.push(value); new Function(code + ';socket.addEventListener(\"open\", () => seen.push(\"open\"))')(); }",
                page.textContent(socket));
        browser.awaitTrue("seen.length === 1");
        await().pollInSameThread().until(() -> {
            replica.publish(name, "7");
            return page.evaluate("seen.some(event => event.payload === 7)").equals(true);
        });
        assertThat(browser.errors()).isEmpty();
    }

    @Test
    void anEventSourceSeesEveryEventOnceThoughItsConnectionIsCut() {
        int port = replica.service().port();
        try (var proxy = new TcpProxy(port)) {
            Page page = open("http://127.0.0.1:%d/docs".formatted(proxy.port()));
            page.evaluate("""
                    () => {
                      window.seen = [];
                      window.opened = 0;
                      const source = new EventSource('/events/stream?event_name=x.*');
                      source.onopen = () => window.opened++;
                      for (const name of ['x.a', 'x.b']) {
                        source.addEventListener(name, event => window.seen.push(JSON.parse(event.data).payload));
                      }
                    }""");
            browser.awaitTrue("window.opened === 1");
            publish(0, 50);
            browser.awaitTrue("window.seen.length >= 10");
            proxy.cut();
            publish(50, 100);
            browser.awaitTrue("window.seen.length >= 100");
            assertThat(page.evaluate("window.opened")).isEqualTo(2);
            assertThat(page.evaluate("window.seen"))
                    .isEqualTo(IntStream.range(0, 100).boxed().toList());
            page.navigate("about:blank");
        }
    }

    private static void publish(int from, int to) {
        for (int n = from; n < to; n++) {
            replica.publish(n % 2 == 0 ? "x.a" : "x.b", String.valueOf(n));
        }
    }
}
