/** Recurrent networks of several layers. */
@NullMarked
package dev.lanewise.nn.recurrent;

import org.jspecify.annotations.NullMarked;
