package io.eventhandler.logs;

import java.util.LinkedHashMap;
import java.util.Map;

/** A {@code KeyValueList} that is being read: of those with the same key the last one counts. */
final class ValueMap {

    private final Map<String, String> members = new LinkedHashMap<>();
    private long bytes = 1;

    void put(Value key, Value value) {
        String name = key.json();
        String json = value.json();
        if (bytes <= Value.MAX_BYTES) {
            String earlier = members.put(name, json);
            if (earlier != null) {
                bytes -= 2 + Texts.size(name) + Texts.size(earlier);
            }
        }
        bytes += 2 + key.size(name) + value.size(json);
    }

    Value value() {
        return members.isEmpty() ? Value.json("{}") : Value.json(Texts.object(members), bytes);
    }
}
