/**
 * The activity log: one line for whatever clients do. It says who, which event, how large, how long; never a payload,
 * never a credential.
 *
 * <p>Safe to call from any thread; never blocks (see {@code io.eventhandler.logging}).
 *
 * <p>May import {@code event} and {@code json}.
 */
@NullMarked
package io.eventhandler.activity;

import org.jspecify.annotations.NullMarked;
