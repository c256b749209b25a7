/** The real parts that tests run on: a PostgreSQL, whole replicas, sockets, and a proxy that cuts connections. */
@NullMarked
package io.eventhandler.testing;

import org.jspecify.annotations.NullMarked;
