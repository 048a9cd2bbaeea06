@NullMarked
package dev.lanewise.autograd.higher;

import org.jspecify.annotations.NullMarked;
