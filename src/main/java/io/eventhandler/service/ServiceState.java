package io.eventhandler.service;

/**
 * Where a service is in its life, which it lives once: {@code NEW} → {@code STARTING} → {@code RUNNING} → {@code STOPPING} →
 * {@code STOPPED}, or {@code FAILED} when it could not start.
 */
public enum ServiceState {
    /** Not started yet. Told to stop it is STOPPED and never starts. */
    NEW,
    /** Parts are being started. Told to stop, the start is interrupted and what started is stopped. */
    STARTING,
    /** Started. */
    RUNNING,
    /** Parts are being stopped. Whoever tells it to stop meanwhile waits for the end. */
    STOPPING,
    /** Ended as told, or told so before it began. */
    STOPPED,
    /** The start failed, and what had started was stopped. */
    FAILED
}
