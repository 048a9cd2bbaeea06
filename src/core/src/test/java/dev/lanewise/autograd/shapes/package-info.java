/** Ops that change shapes, against their definitions. */
@NullMarked
package dev.lanewise.autograd.shapes;

import org.jspecify.annotations.NullMarked;
