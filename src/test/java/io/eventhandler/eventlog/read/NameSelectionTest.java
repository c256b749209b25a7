package io.eventhandler.eventlog.read;

import static io.eventhandler.postgres.jooq.Tables.EVENTS;
import static org.assertj.core.api.Assertions.assertThat;

import io.eventhandler.event.NamePattern;
import io.eventhandler.postgres.Database;
import io.eventhandler.postgres.Schema;
import io.eventhandler.testing.TestDatabase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jooq.DSLContext;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Patterns mean in SQL what they mean in memory. */
class NameSelectionTest {

    private static final List<String> TOKENS =
            List.of("a", "b", "ab", "a*", "**", ">a", "%", "_", "[a]", "a$", "\\", "é", "😀", "-", "/");

    private static final long SEED = new Random().nextLong();
    private static final Random RANDOM = new Random(SEED);
    private static final List<String> NAMES = Stream.generate(() -> random(TOKENS, 4))
            .distinct()
            .limit(400)
            .sorted()
            .toList();

    private static final TestDatabase DATABASE = TestDatabase.create();
    private static final Database POOL =
            new Database(DATABASE.url(), "test", 3, Duration.ofSeconds(5), Duration.ofSeconds(10));

    @BeforeAll
    static void append() throws Exception {
        new Schema(POOL).migrate();
        var ones = Collections.nCopies(NAMES.size(), "1").toArray(String[]::new);
        POOL.sql()
                .fetch(
                        "SELECT first_id FROM append_events(gen_random_uuid(), ?, ?, ?, ?::text[])",
                        DSL.val(NAMES.toArray(String[]::new)),
                        DSL.val(ones),
                        DSL.val(ones),
                        DSL.val(new String[NAMES.size()]));
    }

    @AfterAll
    static void close() {
        POOL.stop();
    }

    private static String random(List<String> tokens, int max) {
        return String.join(
                ".",
                Stream.generate(() -> tokens.get(RANDOM.nextInt(tokens.size())))
                        .limit(1 + RANDOM.nextInt(max))
                        .toList());
    }

    private static NamePattern randomPattern() {
        List<String> tokens = new ArrayList<>(TOKENS);
        tokens.addAll(Collections.nCopies(TOKENS.size(), "*"));
        String pattern = random(tokens, 4);
        String end = RANDOM.nextInt(3) == 0 ? pattern + ".>" : pattern;
        return NamePattern.fault(end) == null ? NamePattern.of(end) : randomPattern();
    }

    @Test
    void randomPatternsSelectTheSameInSqlAsInMemory() {
        DSLContext sql = POOL.sql();
        int selected = 0;
        for (int n = 0; n < 500; n++) {
            List<NamePattern> patterns = Stream.generate(NameSelectionTest::randomPattern)
                    .limit(1 + RANDOM.nextInt(3))
                    .toList();
            List<String> inMemory = NAMES.stream()
                    .filter(name -> patterns.stream().anyMatch(pattern -> pattern.matches(name)))
                    .toList();
            selected += inMemory.size();
            assertThat(sql.selectDistinct(EVENTS.EVENT_NAME)
                            .from(EVENTS)
                            .where(NameSelection.condition(patterns))
                            .fetchSet(EVENTS.EVENT_NAME))
                    .as("seed %d, %s", SEED, patterns)
                    .containsExactlyInAnyOrderElementsOf(inMemory);
            List<String> names = NameSelection.names(sql, patterns);
            if (names == null) {
                assertThat(inMemory.size()).isGreaterThan(NameSelection.MAX_MERGED);
            } else {
                var inLog = new TreeSet<>(names);
                inLog.retainAll(NAMES); // an exact name is kept whether the log has it or not
                assertThat(inLog).as("seed %d, %s", SEED, patterns).containsExactlyInAnyOrderElementsOf(inMemory);
            }
        }
        assertThat(selected).isGreaterThan(1_000);
    }

    @Test
    void mergedNamesComeInOrderOfId() {
        List<String> names = List.of(NAMES.get(5), NAMES.get(1), NAMES.get(300));
        DSLContext sql = POOL.sql();
        List<Long> ids = sql.selectFrom(NameSelection.merged(
                        names, named -> sql.selectFrom(EVENTS).where(named)))
                .orderBy(EVENTS.ID.desc())
                .limit(2)
                .fetch(EVENTS.ID);
        assertThat(ids).containsExactly(301L, 6L);
    }
}
