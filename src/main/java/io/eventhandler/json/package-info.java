/**
 * JSON as bytes: a writer for texts whose shape is fixed, a reader that takes one text from front to back, and what a
 * parser lets through and PostgreSQL does not; how media types declare it, and how much of a text is repeated to its sender.
 *
 * <p>Instances are for one thread. Nothing builds a tree: payloads are copied as they stand.
 *
 * <p>Imports nothing of this project.
 */
@NullMarked
package io.eventhandler.json;

import org.jspecify.annotations.NullMarked;
