/**
 * Answers {@code /keys}, where those who may do everything make API keys for others, list them and delete them.
 *
 * <p>Safe for concurrent use. May import {@code access}, {@code activity}, {@code json} and {@code web}.
 */
@NullMarked
package io.eventhandler.keys;

import org.jspecify.annotations.NullMarked;
