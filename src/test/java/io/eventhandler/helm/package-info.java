/** The Helm chart, rendered by Helm's own engine and read as strictly as Kubernetes does. */
@NullMarked
package io.eventhandler.helm;

import org.jspecify.annotations.NullMarked;
