/**
 * The contract for everything that runs: started once, in the order in which an event meets the parts, and stopped in
 * reverse.
 *
 * <p>Imports nothing of this project.
 */
@NullMarked
package io.eventhandler.lifecycle;

import org.jspecify.annotations.NullMarked;
