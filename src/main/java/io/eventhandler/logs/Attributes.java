package io.eventhandler.logs;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The attributes of a record or a resource that is being read: the first ones, as many as are kept, and how many are not. */
final class Attributes {

    /** So many are kept. */
    static final int MAX_COUNT = 128;

    /** All of them have so many bytes of JSON at most, but for what is said of them. */
    static final int MAX_BYTES = 64 << 10;

    /** Tells how many attributes were left out, here or by the sender. */
    static final String DROPPED = "eventhandler.dropped_attributes";

    private final Map<String, String> members = new LinkedHashMap<>();
    private long bytes = 1;
    private long dropped;

    void put(Value key, Value value) {
        String name = key.json();
        String json = value.json();
        String earlier = members.get(name);
        long size = 2 + key.size(name) + value.size(json);
        if (earlier != null) {
            size -= 2 + Texts.size(name) + Texts.size(earlier);
        }
        if (bytes + size > MAX_BYTES || (earlier == null && members.size() == MAX_COUNT)) {
            dropped++;
        } else {
            members.put(name, json);
            bytes += size;
        }
    }

    /** The sender left out so many itself. */
    void dropped(long count) {
        dropped += count;
    }

    /** A JSON object, null for none. */
    @Nullable
    String json() {
        if (dropped > 0) {
            mark(DROPPED, dropped);
        }
        return members.isEmpty() ? null : Texts.object(members);
    }

    /** Says this beside what the sender does. */
    void mark(String key, long value) {
        members.put(Texts.quote(key), String.valueOf(value));
    }
}
