package io.eventhandler.cli;

import io.eventhandler.event.NewEvent;
import io.eventhandler.json.JsonInput;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonToken;

/** Reads JSON that is to be published. What the service does not take it says itself: this finds what could not be sent. */
final class NewEventLine {

    private static final int MAX_DEPTH = 10_000;

    private NewEventLine() {}

    /**
     * One JSON value.
     *
     * @return the value as it stands, on one line
     * @throws IllegalArgumentException when it is none
     */
    static byte[] value(byte[] text) {
        checkUtf8(text);
        try (var in = new JsonInput(text, MAX_DEPTH, Integer.MAX_VALUE)) {
            if (in.next() == null) {
                throw new IllegalArgumentException("it is empty");
            }
            byte[] value = in.value();
            if (in.next() != null) {
                throw new IllegalArgumentException("it goes on behind the value");
            }
            return value;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(JsonInput.reason(e), e);
        }
    }

    /**
     * An event as {@code POST /publish} takes it and the history gives it: {@code event_name}, {@code payload}, {@code source},
     * {@code metadata} and {@code idempotency_key}; other members are passed over.
     *
     * @throws IllegalArgumentException when it is none
     */
    static NewEvent event(byte[] line) {
        checkUtf8(line);
        try (var in = new JsonInput(line, MAX_DEPTH, Integer.MAX_VALUE)) {
            NewEvent event = read(in);
            if (in.next() != null) {
                throw new IllegalArgumentException("it goes on behind the object");
            }
            return event;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(JsonInput.reason(e), e);
        }
    }

    /**
     * The id of an event of the history.
     *
     * @throws IllegalArgumentException when it is none
     */
    static long id(byte[] line) {
        long id = 0;
        try (var in = new JsonInput(line, MAX_DEPTH, Integer.MAX_VALUE)) {
            if (in.next() == JsonToken.START_OBJECT) {
                for (String member = in.nextMember(); member != null; member = in.nextMember()) {
                    if (member.equals("id") && in.current() == JsonToken.VALUE_NUMBER_INT) {
                        id = Long.parseLong(in.scalar());
                    } else {
                        in.skip();
                    }
                }
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(JsonInput.reason(e), e);
        }
        if (id < 1) {
            throw new IllegalArgumentException("it has no id");
        }
        return id;
    }

    private static NewEvent read(JsonInput in) {
        @Nullable String name = null;
        byte @Nullable [] payload = null;
        @Nullable String source = null;
        @Nullable String metadata = null;
        @Nullable String key = null;
        if (in.next() != JsonToken.START_OBJECT) {
            throw new IllegalArgumentException("it must be an object, it is " + in.kind());
        }
        for (String member = in.nextMember(); member != null; member = in.nextMember()) {
            switch (member) {
                case "event_name" -> name = in.string(member);
                case "payload" -> payload = in.value();
                case "source" -> source = in.string(member);
                case "metadata" -> metadata = new String(in.value(), StandardCharsets.UTF_8);
                case "idempotency_key" -> key = in.string(member);
                default -> in.skip();
            }
        }
        if (in.fault() != null) {
            throw new IllegalArgumentException(in.fault());
        }
        if (name == null || payload == null) {
            throw new IllegalArgumentException("it must have the members event_name and payload");
        }
        return new NewEvent(name, source == null ? NewEvent.DEFAULT_SOURCE : source, payload, metadata, key);
    }

    private static void checkUtf8(byte[] text) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(text));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException("it is not UTF-8", e);
        }
    }
}
