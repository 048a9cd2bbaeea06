@NullMarked
package dev.lanewise.autograd.curvature;

import org.jspecify.annotations.NullMarked;
