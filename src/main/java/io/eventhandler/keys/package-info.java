/**
 * Gives out credentials: {@code /keys}, where those who may do everything make API keys for others, list them and delete
 * them, and {@code /tickets}, where everybody gets what stands once for the credential that they have.
 *
 * <p>Safe for concurrent use. May import {@code access}, {@code activity}, {@code json} and {@code web}.
 */
@NullMarked
package io.eventhandler.keys;

import org.jspecify.annotations.NullMarked;
