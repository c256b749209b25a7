package io.eventhandler.eventlog.read;

import static io.eventhandler.postgres.jooq.Tables.EVENTS;

import io.eventhandler.event.NamePattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.jooq.Condition;
import org.jooq.DSLContext;
import org.jooq.Record;
import org.jooq.Select;
import org.jooq.Table;
import org.jooq.impl.DSL;
import org.jspecify.annotations.Nullable;

/**
 * Turns patterns into SQL that never sorts or scans more of the log than it returns: where the log has few names that
 * they select, one ordered index scan per name, merged.
 */
final class NameSelection {

    /** Names for which merging their index scans is worth it. */
    static final int MAX_MERGED = 64;

    /** Names that are looked at to find those. */
    private static final int MAX_LOOKED_AT = 1_000;

    /** Walks along the index from name to name, without reading what lies between them. */
    private static final String NAMES = """
            WITH RECURSIVE names (name) AS (
                (SELECT e.event_name FROM events e
                 WHERE e.event_name >= {0} AND ({1} IS NULL OR e.event_name < {1}) ORDER BY e.event_name LIMIT 1)
                UNION ALL
                SELECT (SELECT e.event_name FROM events e
                        WHERE e.event_name > n.name AND ({1} IS NULL OR e.event_name < {1})
                        ORDER BY e.event_name LIMIT 1)
                FROM names n WHERE n.name IS NOT NULL)
            SELECT name FROM names WHERE name IS NOT NULL LIMIT {2}""";

    private NameSelection() {}

    /** The condition that a name is selected by one of the patterns; no condition for no pattern. */
    static Condition condition(List<NamePattern> patterns) {
        if (patterns.isEmpty() || patterns.stream().anyMatch(NamePattern::isAll)) {
            return DSL.noCondition();
        }
        List<Condition> any = new ArrayList<>();
        String[] exact = patterns.stream()
                .filter(NamePattern::isExact)
                .map(NamePattern::text)
                .toArray(String[]::new);
        if (exact.length > 0) {
            any.add(EVENTS.EVENT_NAME.eq(DSL.any(exact)));
        }
        patterns.stream()
                .filter(pattern -> !pattern.isExact())
                .forEach(pattern -> any.add(within(pattern).and(EVENTS.EVENT_NAME.likeRegex(pattern.regex()))));
        return DSL.or(any);
    }

    private static Condition within(NamePattern pattern) {
        String end = pattern.endName();
        return EVENTS.EVENT_NAME
                .ge(pattern.firstName())
                .and(end == null ? DSL.noCondition() : EVENTS.EVENT_NAME.lt(end));
    }

    /**
     * The names in the log that the patterns select; null when they select all, or more than can be merged.
     */
    static @Nullable List<String> names(DSLContext sql, List<NamePattern> patterns) {
        if (patterns.isEmpty() || patterns.stream().anyMatch(NamePattern::isAll)) {
            return null;
        }
        Set<String> names = new TreeSet<>();
        for (NamePattern pattern : patterns) {
            if (pattern.isExact()) {
                names.add(pattern.text());
            } else if (!addMatching(sql, pattern, names)) {
                return null;
            }
            if (names.size() > MAX_MERGED) {
                return null;
            }
        }
        return List.copyOf(names);
    }

    private static boolean addMatching(DSLContext sql, NamePattern pattern, Set<String> names) {
        List<String> found = sql.resultQuery(
                        NAMES,
                        DSL.val(pattern.firstName()),
                        DSL.cast(DSL.val(pattern.endName()), EVENTS.EVENT_NAME.getDataType()),
                        DSL.inline(MAX_LOOKED_AT))
                .fetch(0, String.class);
        found.stream().filter(pattern::matches).forEach(names::add);
        return found.size() < MAX_LOOKED_AT;
    }

    /**
     * The rows of these names as a table called {@code events}: ordered by id, it is read as one index scan per name,
     * merged.
     *
     * @param names at least one
     * @param rows selects the rows that meet a condition
     */
    static <R extends Record> Table<R> merged(List<String> names, Function<Condition, Select<R>> rows) {
        Select<R> all = rows.apply(EVENTS.EVENT_NAME.eq(names.getFirst()));
        for (String name : names.subList(1, names.size())) {
            all = all.unionAll(rows.apply(EVENTS.EVENT_NAME.eq(name)));
        }
        return all.asTable(EVENTS.getName());
    }
}
