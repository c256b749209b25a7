package io.eventhandler.eventlog.append;

/**
 * What was published under a key.
 *
 * @param firstId of these events
 */
@SuppressWarnings("ArrayRecordComponent") // nobody else holds it
record EarlierAppend(byte[] fingerprint, long firstId) {}
