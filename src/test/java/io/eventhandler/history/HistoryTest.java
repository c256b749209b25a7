package io.eventhandler.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.testing.TestDatabase;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HistoryTest {

    private static final TestDatabase DATABASE = TestDatabase.create();
    private static TestReplica replica;

    /** Ids 2 to 31: ten of each name, in turn. */
    @BeforeAll
    static void publish() {
        replica = TestReplica.start(DATABASE);
        for (int n = 0; n < 30; n++) {
            replica.publish("name." + n % 3, String.valueOf(n));
        }
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private static List<Long> ids(Answer answer) {
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        List<Long> ids = new ArrayList<>();
        answer.json().get("data").forEach(event -> ids.add(event.get("id").longValue()));
        return ids;
    }

    @Test
    void showsAnEventInTheFixedShape() {
        Answer answer = replica.get("/events?event_name=name.1&limit=1");
        String createdAt = answer.json().get("data").get(0).get("created_at").stringValue();
        assertThat(answer.body()).isEqualTo("""
                        {"status":"ok","message":"success","data":[{"id":30,"event_name":"name.1","payload":28,"created_at":"%s","source":"api","status":"processed"}]}""".formatted(createdAt));
        assertThat(createdAt).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z");
        assertThat(replica.get("/events/30").json().get("data"))
                .isEqualTo(answer.json().get("data").get(0));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            event_name=name.0&limit=3           | 29,26,23
            event_name=name.0&limit=3&order=asc | 2,5,8
            after=28                            | 29,30,31
            after=28&order=desc                 | 31,30,29
            before=4                            | 3,2,1
            after=3&before=6                    | 4,5
            event_name=name.0&event_name=name.1&after=25 | 26,27,29,30
            event_name=none                     | ''
            after=31                            | ''
            after=9223372036854775807           | ''
            """)
    void selects(String query, String expected) {
        List<Long> ids = expected.isEmpty()
                ? List.of()
                : java.util.Arrays.stream(expected.split(","))
                        .map(Long::valueOf)
                        .toList();
        assertThat(ids(replica.get("/events?" + query))).isEqualTo(ids);
    }

    @ParameterizedTest
    @CsvSource({
        "'/events?limit=7', desc",
        "'/events?limit=7&order=asc', asc",
        "'/events?limit=5&event_name=name.2&event_name=name.1', desc"
    })
    void linksLeadThroughEveryPageOnce(String first, String order) {
        List<Long> all = new ArrayList<>();
        String next = first;
        while (!next.isEmpty()) {
            Answer page = replica.get(next);
            all.addAll(ids(page));
            next = page.nextPage();
        }
        List<Long> expected = LongStream.rangeClosed(1, 31)
                .boxed()
                .filter(id -> !first.contains("event_name") || (id > 1 && (id - 2) % 3 != 0))
                .toList();
        assertThat(all).isEqualTo(order.equals("asc") ? expected : expected.reversed());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            limit=0                   | limit must be a whole number from 1 to 1000, not '0'
            limit=1001                | limit must be a whole number from 1 to 1000, not '1001'
            limit=abc                 | limit must be a whole number from 1 to 1000, not 'abc'
            limit=1&limit=2           | limit is given more than once
            after=-1                  | after must be a whole number from 0 on, not '-1'
            before=1.5                | before must be a whole number from 0 on, not '1.5'
            order=up                  | order must be asc or desc, not 'up'
            order=                    | order must be asc or desc, not ''
            event_name=               | event_name must not be empty
            event_name=a.%3E.b        | event_name must not go on after '>', which is at position 2: it stands for all that follows
            source=                   | source must not be empty
            source=a&source=b         | source is given more than once
            source=%00                | the query can't be compared with events: invalid byte sequence for encoding "UTF8": 0x00
            since=yesterday           | since must be a time of RFC 3339, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.5%2B01:00, not 'yesterday'
            since=2026-02-30T00:00:00Z | since must be a time of RFC 3339, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.5%2B01:00, not '2026-02-30T00:00:00Z'
            until=2026-01-31          | until must be a time of RFC 3339, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.5%2B01:00, not '2026-01-31'
            until=1700000000          | until must be a time of RFC 3339, such as 2026-01-31T12:00:00Z or 2026-01-31T12:00:00.5%2B01:00, not '1700000000'
            payload=                  | payload must be JSON, it is empty
            payload=%7B%22a%22%3A1    | payload must be JSON that events' payloads contain, with no member twice; it is malformed at position 6
            payload=%7B%22a%22%3A1%2C%22a%22%3A2%7D | payload must be JSON that events' payloads contain, with no member twice; it is malformed at position 10
            payload=1%202             | payload must be JSON that events' payloads contain, with no member twice; it is malformed at position 2
            payload=%22%5Cu0000%22    | the query can't be compared with events: unsupported Unicode escape sequence
            colour=red                | unknown query parameter 'colour', known are after, before, event_name, limit, order, payload, since, source, until
            """)
    void aBadParameterGetsItsOwnError(String query, String message) {
        Answer answer = replica.get("/events?" + query);
        assertThat(answer.status()).isEqualTo(422);
        assertThat(answer.message()).isEqualTo(message);
    }

    @Test
    void aPageOfLargeEventsEndsEarly() {
        try (TestReplica large = TestReplica.start(TestDatabase.create())) {
            for (int n = 0; n < 12; n++) {
                assertThat(large.publish("large", "\"" + "x".repeat(1_000_000) + "\"")
                                .status())
                        .isEqualTo(200);
            }
            Answer first = large.get("/events?event_name=large&order=asc");
            assertThat(ids(first)).containsExactly(2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
            assertThat(ids(large.get(first.nextPage()))).containsExactly(11L, 12L, 13L);
        }
    }

    @Test
    void oneEventIsThereOrNot() {
        assertThat(replica.get("/events/99").status()).isEqualTo(404);
        assertThat(replica.get("/events/99").message()).isEqualTo("there is no event 99");
        assertThat(replica.get("/events/x").status()).isEqualTo(422);
    }
}
