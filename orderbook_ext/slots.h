/* Attributes of instances of Python classes with __slots__, written without their descriptors. */
#ifndef ONEBOOK_SLOTS_H
#define ONEBOOK_SLOTS_H

#include <Python.h>
#include <structmember.h>

/* Where instances have the attribute; -1 with an exception if it is no slot of the class. */
static Py_ssize_t slot_offset(PyObject *class_, const char *name) {
    PyObject *found = PyObject_GetAttrString(class_, name);
    if (!found) return -1;
    Py_ssize_t offset = -1;
    if (Py_IS_TYPE(found, &PyMemberDescr_Type) && ((PyMemberDescrObject *)found)->d_member->type == T_OBJECT_EX)
        offset = ((PyMemberDescrObject *)found)->d_member->offset;
    else
        PyErr_Format(PyExc_TypeError, "%s is no slot of %R", name, class_);
    Py_DECREF(found);
    return offset;
}

/* An instance whose slots are empty; NULL with an exception. */
static inline PyObject *slots_new(PyObject *class_) {
    PyTypeObject *type = (PyTypeObject *)class_;
    return type->tp_alloc(type, 0);
}

/* Fills an empty slot. */
static inline void slot_fill(PyObject *instance, Py_ssize_t offset, PyObject *value) {
    *(PyObject **)((char *)instance + offset) = Py_NewRef(value);
}

#endif
