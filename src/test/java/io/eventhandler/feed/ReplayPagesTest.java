package io.eventhandler.feed;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.NamePattern;
import io.eventhandler.eventlog.RecentEvents;
import io.eventhandler.eventlog.read.HistoryReader;
import io.eventhandler.eventlog.read.ReplayReader;
import io.eventhandler.fanout.MessageMemory;
import io.eventhandler.postgres.Database;
import io.eventhandler.testing.TestLog;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplayPagesTest {

    private static List<String> payloads(ReplayPages.Page page) {
        return page.events().stream()
                .map(outbound -> new String(outbound.event().payload(), StandardCharsets.UTF_8))
                .toList();
    }

    @Test
    void replaysShareAPageUntilTheLogIsAnother() throws Exception {
        TestLog log = TestLog.create(1_000);
        var database = new Database(log.database().url(), "test", 2, Duration.ofSeconds(5), Duration.ofSeconds(5));
        try {
            var reader = new ReplayReader(
                    new HistoryReader(database, () -> 0),
                    new RecentEvents(16, 1 << 20),
                    new ReplayReader.Options(1),
                    new SimpleMeterRegistry());
            var pages = new ReplayPages(reader, new MessageMemory(4 << 20));
            List<NamePattern> patterns = List.of(NamePattern.of("test"));
            pages.begin();
            long first = log.append(2);
            ReplayPages.Page page = pages.page(patterns, 0, first - 1, first + 1);
            assertThat(payloads(page)).containsExactly("1", "1");
            log.database()
                    .execute(
                            "DELETE FROM events WHERE id >= " + first,
                            "SELECT setval('events_head_hint', %d)".formatted(first - 1));
            log.database().query(log.appending(2, "'test'", "100 + n", "'test'"));
            assertThat(pages.page(patterns, 0, first - 1, first + 1)).isSameAs(page);
            pages.forget();
            assertThat(payloads(pages.page(patterns, 0, first - 1, first + 1))).containsExactly("101", "102");
            pages.end();
        } finally {
            database.stop();
        }
    }
}
