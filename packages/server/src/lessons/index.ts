export { addLessonRoutes } from './lesson-routes.ts'
export { createLessons, type LessonService } from './lessons.ts'
