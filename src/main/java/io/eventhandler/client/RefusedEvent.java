package io.eventhandler.client;

/**
 * An event that was accepted into a {@link Spool} and that the service will never store. Immutable.
 *
 * @param name its name
 * @param json the event as it was sent: {@code event_name}, {@code source}, {@code payload}, {@code metadata},
 *     {@code idempotency_key}
 * @param status that the service answered
 * @param reason what the service said
 */
public record RefusedEvent(String name, String json, int status, String reason) {}
