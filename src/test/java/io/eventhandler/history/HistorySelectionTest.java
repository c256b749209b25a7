package io.eventhandler.history;

import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.NamePattern;
import io.eventhandler.testing.TestLog;
import io.eventhandler.testing.TestReplica;
import io.eventhandler.testing.TestReplica.Answer;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Random queries against what they mean. */
class HistorySelectionTest {

    private static final long SEED = new Random().nextLong();
    private static final Random RANDOM = new Random(SEED);
    private static final JsonMapper JSON = new JsonMapper();
    private static final List<String> NAMES =
            List.of("a", "a.b", "a.c", "a.b.c", "d.b", "e", "*", ">", "a.*", "*.b", "a.>");
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final TestLog LOG = TestLog.create(100);
    private static TestReplica replica;

    /** Ids 1 to 600, one a second, in seven partitions; the replica's own announcement follows. */
    @BeforeAll
    static void start() {
        String name = "(ARRAY['a', 'a.b', 'a.c', 'a.b.c', 'd.b', 'e'])[1 + n * 7 % 6]";
        for (int n = 0; n < 6; n++) {
            LOG.database()
                    .query(LOG.appending(
                            100,
                            name,
                            "jsonb_build_object('k', n % 3, 'tags', ARRAY[n % 5, 9])",
                            "'source ' || n % 4"));
        }
        LOG.database()
                .execute("UPDATE events SET created_at = '%s'::timestamptz + id * interval '1 s'".formatted(START));
        replica = TestReplica.start(LOG.database());
    }

    @AfterAll
    static void stop() {
        replica.close();
    }

    private final List<String> parameters = new ArrayList<>();
    private Predicate<JsonNode> expected = event -> true;

    private void restrict(String name, Object value, Predicate<JsonNode> selected) {
        parameters.add(name + "=" + URLEncoder.encode(value.toString(), StandardCharsets.UTF_8));
        expected = expected.and(selected);
    }

    private static boolean sometimes() {
        return RANDOM.nextInt(3) == 0;
    }

    /** Returns whether the order is ascending. */
    private boolean chooseParameters() {
        parameters.clear();
        expected = event -> true;
        boolean ascending = RANDOM.nextBoolean();
        parameters.add("order=" + (ascending ? "asc" : "desc"));
        if (RANDOM.nextBoolean()) {
            List<NamePattern> patterns = Stream.generate(() -> NAMES.get(RANDOM.nextInt(NAMES.size())))
                    .limit(1 + RANDOM.nextInt(3))
                    .map(NamePattern::of)
                    .toList();
            patterns.forEach(
                    pattern -> parameters.add("event_name=" + pattern.text().replace(">", "%3E")));
            expected = event -> patterns.stream()
                    .anyMatch(pattern -> pattern.matches(event.get("event_name").stringValue()));
        }
        long id = RANDOM.nextInt(700);
        if (sometimes()) {
            restrict("after", id, event -> event.get("id").longValue() > id);
        }
        if (sometimes()) {
            restrict("before", id + 300, event -> event.get("id").longValue() < id + 300);
        }
        Instant time = START.plusMillis(RANDOM.nextInt(700_000));
        if (sometimes()) {
            restrict("since", time, event -> !createdAt(event).isBefore(time));
        }
        if (sometimes()) {
            Instant until = time.plusSeconds(200);
            restrict("until", until, event -> createdAt(event).isBefore(until));
        }
        if (sometimes()) {
            restrict(
                    "source",
                    "source 1",
                    event -> event.get("source").stringValue().equals("source 1"));
        }
        if (sometimes()) {
            restrict(
                    "payload",
                    "{\"k\":1,\"tags\":[3]}",
                    event -> event.at("/payload/k").asInt() == 1
                            && event.at("/payload/tags/0").asInt() == 3);
        }
        return ascending;
    }

    private static Instant createdAt(JsonNode event) {
        return Instant.parse(event.get("created_at").stringValue());
    }

    @Test
    void pagesAndStreamsGiveWhatTheQueryMeans() {
        List<JsonNode> all = pages("/events?limit=1000&order=asc");
        assertThat(all).hasSize(601);
        int selected = 0;
        for (int n = 0; n < 60; n++) {
            boolean ascending = chooseParameters();
            Comparator<JsonNode> byId =
                    Comparator.comparingLong(event -> event.get("id").longValue());
            List<JsonNode> right = all.stream()
                    .filter(expected)
                    .sorted(ascending ? byId : byId.reversed())
                    .toList();
            String query = "/events?" + String.join("&", parameters);
            selected += right.size();
            assertThat(pages(query + "&limit=" + (20 + RANDOM.nextInt(100))))
                    .as("seed %d, %s", SEED, query)
                    .isEqualTo(right);
            assertThat(stream(query)).as("seed %d, %s", SEED, query).isEqualTo(right);
            assertThat(stream(query + "&limit=7")).isEqualTo(right.subList(0, Math.min(7, right.size())));
        }
        assertThat(selected).isGreaterThan(300);
    }

    private static List<JsonNode> pages(String first) {
        List<JsonNode> all = new ArrayList<>();
        String next = first;
        while (!next.isEmpty()) {
            Answer page = replica.get(next);
            assertThat(page.status()).as(page.body()).isEqualTo(200);
            page.json().get("data").forEach(all::add);
            next = page.nextPage();
        }
        return all;
    }

    private static List<JsonNode> stream(String query) {
        Answer answer =
                TestReplica.send(HttpRequest.newBuilder(replica.uri(query)).header("Accept", "application/x-ndjson"));
        assertThat(answer.status()).as(answer.body()).isEqualTo(200);
        assertThat(answer.header("Content-Type")).isEqualTo("application/x-ndjson");
        return answer.body().lines().map(JSON::readTree).toList();
    }
}
