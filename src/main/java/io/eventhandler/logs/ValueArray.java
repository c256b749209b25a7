package io.eventhandler.logs;

/** An {@code ArrayValue} that is being read. */
final class ValueArray {

    private final StringBuilder elements = new StringBuilder();
    private long bytes = 1;

    void add(Value value) {
        String json = value.json();
        if (bytes <= Value.MAX_BYTES) {
            elements.append(elements.isEmpty() ? '[' : ',').append(json);
        }
        bytes += 1 + value.size(json);
    }

    Value value() {
        return elements.isEmpty()
                ? Value.json("[]")
                : Value.json(elements.append(']').toString(), bytes);
    }
}
